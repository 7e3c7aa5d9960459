"""/admin/reports/: what the numbers say."""

from django.contrib import admin
from django.urls import path

from booking.admin import report_pages

app_name = "reports"

urlpatterns = [
    path("", admin.site.admin_view(report_pages.list_reports), name="index"),
    path("<slug:name>/", admin.site.admin_view(report_pages.show_report), name="report"),
    path("<slug:name>/csv/", admin.site.admin_view(report_pages.export_report), name="csv"),
]
