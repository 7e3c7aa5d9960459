from auditlog import admin as auditlog_admin  # noqa: F401
