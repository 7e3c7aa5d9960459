"""/admin/reports/: what the numbers say. Each report has addresses of its own: <name> and <name>-csv."""

from django.contrib import admin
from django.urls import path

from booking.admin import report_pages
from booking.reports import REPORTS

app_name = "reports"

_show = admin.site.admin_view(report_pages.show_report)
_export = admin.site.admin_view(report_pages.export_report)

urlpatterns = [
    path("", admin.site.admin_view(report_pages.list_reports), name="index"),
    *(path(f"{name}/", _show, {"name": name}, name=name) for name in REPORTS),
    *(path(f"{name}/csv/", _export, {"name": name}, name=f"{name}-csv") for name in REPORTS),
]
