"""All URLs. A view needs a log-in unless it is marked as public (accounts.middleware.LoginRequired)."""

from django.urls import include, path

handler400 = "accounts.views.errors.bad_request"
handler500 = "accounts.views.errors.server_error"

urlpatterns = [
    path("", include("home.urls")),
    path("", include("headaches.urls")),
    path("", include("treatments.urls")),
    path("", include("progress.urls")),
    path("", include("exchange.urls")),
    path("", include("clinic.urls")),
    path("", include("reminders.urls")),
    path("", include("accounts.urls")),
    path("account/", include("allauth.urls")),
]
