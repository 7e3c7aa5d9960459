"""The settings of the site with all its middleware, and views that think nothing."""

from clinic.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.floor"
