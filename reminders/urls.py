from django.urls import path

from reminders.views import links, monitoring, operator, preferences, webhooks

urlpatterns = [
    path("reminders/", preferences.reminders, name="reminders"),
    path("reminders/devices/", preferences.add_device, name="add_device"),
    path("reminders/devices/<int:pk>/remove/", preferences.remove_device, name="remove_device"),
    path("reminders/address/", preferences.try_address, name="try_address"),
    path("stop/<str:token>/", links.unsubscribe, name="unsubscribe"),
    path("stop/<str:token>/all/", links.unsubscribe_all, name="unsubscribe_all"),
    path("today/<str:token>/", links.answer_by_email, name="answer_by_email"),
    path("operator/reminders/", operator.ledger_page, name="ledger_page"),
    path("operator/reminders/resend/", operator.resend_failed, name="resend_failed"),
    path("operator/reminders/<int:pk>/resend/", operator.resend, name="resend_reminder"),
    path("readyz", monitoring.readyz, name="readyz"),
    path("healthz/reminders", monitoring.healthz, name="healthz_reminders"),
    path("healthz/mail", monitoring.healthz_mail, name="healthz_mail"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("hooks/mail/", webhooks.mail_hook, name="mail_hook"),
]
