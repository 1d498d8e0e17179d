"""Every address. What is not on the public list needs a log-in (LoginRequiredMiddleware)."""

from django.urls import include, path

handler400 = "accounts.views.bad_request"
handler500 = "accounts.views.server_error"

urlpatterns = [
    path("", include("headaches.urls")),
    path("", include("treatments.urls")),
    path("", include("progress.urls")),
    path("", include("reminders.urls")),
    path("", include("accounts.urls")),
    path("account/", include("allauth.urls")),
]
