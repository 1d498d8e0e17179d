from django.urls import path

from reminders import views

urlpatterns = [
    path("reminders/", views.reminders, name="reminders"),
    path("reminders/devices/", views.add_device, name="add_device"),
    path("reminders/devices/<int:pk>/remove/", views.remove_device, name="remove_device"),
    path("reminders/address/", views.try_address, name="try_address"),
    path("stop/<str:token>/", views.stop_letters, name="stop_letters"),
    path("stop/<str:token>/all/", views.stop_all_letters, name="stop_all_letters"),
    path("today/<str:token>/", views.answer_by_letter, name="answer_by_letter"),
    path("operator/reminders/", views.ledger_page, name="ledger_page"),
    path("operator/reminders/<int:pk>/resend/", views.resend, name="resend_reminder"),
    path("healthz/reminders", views.healthz, name="healthz_reminders"),
    path("metrics", views.metrics, name="metrics"),
    path("hooks/mail/", views.mail_hook, name="mail_hook"),
]
