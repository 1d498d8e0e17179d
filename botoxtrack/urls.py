"""Every address. What is not on the public list needs a log-in (LoginRequiredMiddleware)."""

from django.urls import include, path

urlpatterns = [
    path("", include("headaches.urls")),
    path("", include("treatments.urls")),
    path("", include("progress.urls")),
    path("", include("reminders.urls")),
    path("", include("accounts.urls")),
    path("account/", include("allauth.urls")),
]
