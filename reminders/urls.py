from django.urls import path

from reminders import views

urlpatterns = [
    path("reminders/", views.reminders, name="reminders"),
    path("stop/<str:token>/", views.stop_letters, name="stop_letters"),
]
