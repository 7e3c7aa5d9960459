"""/staff/: signing in and one's own account. Only those pages of django-allauth that staff need."""

from allauth.account import views as account
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from staff import views

own = (
    [
        path("invitation/<str:token>/", views.accept_invitation, name="invitation"),
        path("second-step/", views.set_up_second_step, name="second-step"),
        path("me/", views.show_me, name="me"),
        path("me/sessions/<int:pk>/end/", views.end_session, name="end-session"),
        path("me/sessions/end-others/", views.end_other_sessions, name="end-other-sessions"),
        path("stay/", views.stay, name="stay"),
    ],
    "staff",
)

to_own_page = RedirectView.as_view(pattern_name="staff:me")

urlpatterns = [
    path("", include(own)),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # allauth leads here after a change. Its own list of passkeys needs an app that we do without.
    path("2/", to_own_page),
    path("2/webauthn/", to_own_page),
    path("2/", include("allauth.mfa.urls")),
]
