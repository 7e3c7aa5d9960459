from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from booking.admin.break_glass import open_anyway
from booking.views.api import list_availability
from clinic import views
from clinic.csp_reports import take_csp_reports
from clinic.headers import REPORTS
from clinic.watching import health
from education.sitemaps import SITEMAPS

# The address alone decides the language: /learn/ is English, /es/learn/ Spanish.
urlpatterns = i18n_patterns(
    path("", views.home, name="home"),
    path("privacy/", views.privacy, name="privacy"),
    path("learn/", include("education.urls")),
    path("book/", include("booking.urls.book")),
    path("visits/", include("booking.urls.visits")),
    prefix_default_language=False,
)
urlpatterns += [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    # Asked for by browsers where no page names an icon.
    path("favicon.ico", views.show_icon, {"name": "favicon.ico"}),
    path("apple-touch-icon.png", views.show_icon, {"name": "touch-icon.png"}),
    path("dim/", views.set_dim, name="dim"),
    path(REPORTS.removeprefix("/"), take_csp_reports, name="csp-reports"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("api/openapi.json", views.show_openapi, name="openapi"),
    path("api/availability/<slug:slug>/", list_availability, name="api-availability"),
    path("staff/", include("staff.urls")),
    path("admin/desk/", include("booking.desk.urls")),
    path("admin/reports/", include("booking.urls.reports")),
    path("admin/break-glass/<int:pk>/", admin.site.admin_view(open_anyway), name="break-glass"),
    path("admin/", admin.site.urls),
]

if settings.MAIL_WEBHOOK_SECRET:
    urlpatterns.append(path("webhooks/mail/", include("outbox.webhooks")))

if settings.DEBUG:
    urlpatterns.append(path("inbox/", include("outbox.urls")))

handler400 = "clinic.views.bad_request"
handler403 = "clinic.views.permission_denied"
handler404 = "clinic.views.page_not_found"
handler500 = "clinic.views.server_error"
