from django.urls import path

from accounts.views import account, entrance, misc, preferences, privacy, sharing

urlpatterns = [
    # In place of allauth's, whose URLs come after these.
    path(
        "account/confirm-email/",
        entrance.EmailCodeView.as_view(),
        name="account_email_verification_sent",
    ),
    path("healthz", misc.healthz, name="healthz"),
    path("csp/", misc.csp_report, name="csp_report"),
    path("theme/", preferences.theme, name="theme"),
    path("pain/", preferences.pain, name="pain"),
    path("draft/", misc.draft, name="draft"),
    path("log-ins/<int:pk>/end/", preferences.end_log_in, name="end_log_in"),
    path("stay/", preferences.stay, name="stay"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/agree/", privacy.agree, name="agree"),
    path("imprint/", privacy.imprint, name="imprint"),
    path("help/", misc.help_page, name="help"),
    path("mailbox/", misc.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", misc.mailbox, name="mailbox_email"),
    path("deleted/undo/", misc.undo_deletion, name="undo_deletion"),
    path("deleted/dismiss/", misc.dismiss_deletion, name="dismiss_deletion"),
    path("settings/", preferences.preferences, name="preferences"),
    path("log/", account.own_log, name="own_log"),
    path("close/", account.close, name="close_account"),
    path("access/", sharing.access, name="access"),
    path("access/invite/", sharing.invite, name="invite"),
    path("access/invitations/<int:pk>/withdraw/", sharing.withdraw, name="withdraw"),
    path("access/<int:pk>/revoke/", sharing.revoke, name="revoke"),
    path("invitation/", sharing.invitation, name="invitation"),
    path("invitation/<str:token>/", sharing.open_invitation, name="open_invitation"),
]
