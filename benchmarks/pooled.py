"""The settings of the site with psycopg's pool instead of a connection kept by each thread."""

from clinic.settings import *  # noqa: F403

DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}  # noqa: F405
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 4}  # noqa: F405
