"""Every address. What is not on the public list needs a log-in (LoginRequiredMiddleware)."""

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
