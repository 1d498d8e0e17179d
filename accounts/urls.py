from django.urls import path

from accounts import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("theme/", views.theme, name="theme"),
    path("pain/", views.pain, name="pain"),
    path("draft/", views.draft, name="draft"),
    path("log-ins/<int:pk>/end/", views.end_log_in, name="end_log_in"),
    path("stay/", views.stay, name="stay"),
    path("help/", views.help_page, name="help"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", views.mailbox, name="mailbox_letter"),
    path("settings/", views.preferences, name="preferences"),
    path("access/", views.access, name="access"),
    path("access/invite/", views.invite, name="invite"),
    path("access/invitations/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("access/<int:pk>/revoke/", views.revoke, name="revoke"),
    path("invitation/", views.invitation, name="invitation"),
    path("invitation/<str:token>/", views.open_invitation, name="open_invitation"),
]
