"""Every environment variable. docs/configuration.md is generated from this list (manage.py generate_docs)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. default: as the documentation shows it."""

    name: str
    group: str
    meaning: str
    default: str


VARIABLES = {
    variable.name: variable
    for variable in (
        Variable(
            "SECRET_KEY",
            "Start",
            "50 random characters or more. Required, unless SECRET_KEY_FILE is set.",
            "–",
        ),
        Variable(
            "SECRET_KEY_FILE",
            "Start",
            "A file that holds SECRET_KEY on its first line; `manage.py rotate_secret` keeps earlier ones below it.",
            "–",
        ),
        Variable(
            "SECRET_KEY_FALLBACKS",
            "Start",
            "Earlier secrets, separated by commas, while they are being replaced.",
            "–",
        ),
        Variable(
            "ALLOWED_HOSTS",
            "Start",
            "Host names people type, separated by commas. Required.",
            "this machine's own names in demo and debug mode",
        ),
        Variable(
            "BASE_URL",
            "Start",
            "The address people open. `https://` switches secure cookies and HSTS on. Required.",
            "`http://localhost:8000` in demo and debug mode",
        ),
        Variable("DEMO", "Start", "Demo mode: known accounts, and e-mails stay in the app.", "`0`"),
        Variable("DEMO_PASSWORD", "Start", "Password of the demo accounts.", "`twelve-weeks`"),
        Variable("DEBUG", "Start", "Django's debug pages, for development.", "`0`"),
        Variable(
            "VAR_DIR",
            "Start",
            "Folder for everything the product writes; nobody else may read it.",
            "`var` in the checkout",
        ),
        Variable(
            "DATABASE_URL",
            "Data",
            "`postgres://user:password@host/name?sslmode=verify-full` or `sqlite:////folder/file`. Required.",
            "SQLite in `VAR_DIR` in demo and debug mode",
        ),
        Variable("CONN_MAX_AGE", "Data", "Seconds a PostgreSQL connection is kept open.", "`60`"),
        Variable("PREPARED_STATEMENTS", "Data", "`0` behind a connection pooler in transaction mode.", "`1`"),
        Variable(
            "REDIS_URL",
            "Data",
            "`rediss://host/0`: Celery broker and cache. Without it files are the broker and the database is the cache.",
            "–",
        ),
        Variable(
            "UNENCRYPTED_CONNECTIONS",
            "Data",
            "Connections to other machines that may go unencrypted, in a network nobody else reads: any of `database`, `redis`, `mail`.",
            "–",
        ),
        Variable(
            "EMAIL_URL",
            "E-mail",
            "The mail server: `smtp+tls://user:password@host:587`. Required.",
            "the console in debug mode; in demo mode e-mails stay in the app",
        ),
        Variable(
            "MAIL_FROM",
            "E-mail",
            "Sender of every e-mail. Keep it neutral: it is shown on locked screens.",
            "`Reminder <reminder@host>`",
        ),
        Variable(
            "EMAIL_LINK_URL",
            "E-mail",
            "What links in e-mails begin with; a host name that tells nothing about health.",
            "`BASE_URL`",
        ),
        Variable("MAIL_TIMEOUT", "E-mail", "Seconds for each step of the SMTP dialogue.", "`20`"),
        Variable(
            "MAIL_PER_MINUTE", "E-mail", "E-mails a minute to one mail domain; `0` for no limit.", "`600`"
        ),
        Variable(
            "MAIL_RETURN_PATH",
            "E-mail",
            "Mailbox for delivery reports; each e-mail gets a signed address of it, `bounce+…@host`.",
            "–",
        ),
        Variable(
            "MAIL_PROVIDER",
            "E-mail",
            "Provider whose reports at `/hooks/mail/` are accepted: `brevo`, `mailersend`, `mailgun`, `mailjet`, `postal`, `postmark`, `resend`, `sendgrid` or `sparkpost`. Its other settings are set as `ANYMAIL_…` (django-anymail).",
            "–",
        ),
        Variable(
            "MAIL_HOOK_SECRET", "E-mail", "The `user:password` that the provider's hook has to show.", "–"
        ),
        Variable(
            "PUSH_SERVICES",
            "E-mail",
            "Hosts of the browsers' push services, separated by commas; the server posts to no other.",
            "`fcm.googleapis.com`, `push.services.mozilla.com`, `push.apple.com`, `notify.windows.com`",
        ),
        Variable(
            "FIELD_KEYS",
            "Data",
            "Keys that encrypt notes in the database, 50 random characters or more each, separated by commas; the first encrypts, all decrypt (docs/deploy.md).",
            "–",
        ),
        Variable(
            "KEEP_AUDIT_DAYS",
            "Retention",
            "Days that entries of the audit log, and what operators did, are kept.",
            "`1095`",
        ),
        Variable(
            "KEEP_CHANGE_DAYS",
            "Retention",
            "Days that a changed day of the diary is kept as it was before and after; 90 or more.",
            "`1095`",
        ),
        Variable(
            "KEEP_DRAFT_DAYS", "Retention", "Days that typed and unsaved texts are kept; 1 or more.", "`30`"
        ),
        Variable(
            "KEEP_INVITATION_DAYS",
            "Retention",
            "Days that an invitation which nobody accepted is kept after its end, with the address in it.",
            "`30`",
        ),
        Variable(
            "KEEP_REMINDER_DAYS",
            "Retention",
            "Days that reminders are kept in the ledger after they were due; 90 or more.",
            "`400`",
        ),
        Variable(
            "KEEP_UPLOAD_DAYS",
            "Retention",
            "Days that an imported file is kept, and that its import can be undone.",
            "`1`",
        ),
        Variable(
            "PAYER_RULES_DIR",
            "Data",
            "A folder with rule sets of payers as TOML files, beside the shipped ones (docs/payers.md).",
            "–",
        ),
        Variable(
            "LETTER_TEMPLATE",
            "Data",
            "A DOCX template for continuation letters, in place of ours (docs/documents.md).",
            "–",
        ),
        Variable("QUEUE", "Jobs", "Name of the Celery queue.", "`botoxtrack`"),
        Variable("REMINDER_TICK_SECONDS", "Jobs", "Seconds between two sweeps for due reminders.", "`60`"),
        Variable(
            "REMINDER_BATCH_SECONDS",
            "Jobs",
            "Seconds a worker continues with one batch before it returns the rest.",
            "`60`",
        ),
        Variable(
            "REMINDER_BACK_OFF",
            "Jobs",
            "Seconds to wait after each attempt that a mail server deferred; the last repeats while the e-mail is useful.",
            "`60,300,1800,7200,7200`",
        ),
        Variable(
            "TRUSTED_PROXY_COUNT",
            "Web",
            "Proxies in front of the web server, so that rate limits see the real address.",
            "`0`",
        ),
        Variable("SSL_REDIRECT", "Web", "Redirect `http://` to `https://`.", "on if BASE_URL is `https://`"),
        Variable(
            "HSTS_SUBDOMAINS",
            "Web",
            "Tell browsers that every subdomain of this host has HTTPS too; they remember it for a year.",
            "`0`",
        ),
        Variable(
            "HSTS_PRELOAD",
            "Web",
            "Allow the host into the list of HTTPS sites that browsers ship; hard to take back.",
            "`0`",
        ),
        Variable(
            "IMPRINT_FILE",
            "Web",
            "A text file with the imprint: who runs the site, and how to reach them. A blank line begins a paragraph.",
            "–",
        ),
        Variable(
            "PRIVACY_FILE",
            "Web",
            "A text file with what the privacy page has to say about your site, such as hosting and the data protection officer.",
            "–",
        ),
        Variable("TOTP_ISSUER", "Web", "Name shown in an authenticator app.", "`Diary`"),
        Variable(
            "METRICS_TOKEN",
            "Operation",
            "Bearer token for `/metrics` and `/healthz/reminders`. Without it only this machine may read them.",
            "–",
        ),
        Variable(
            "BACKUP_DIR",
            "Operation",
            "Folder of `manage.py backup`, in which `manage.py doctor` looks for the latest one.",
            "–",
        ),
        Variable("LOG_LEVEL", "Operation", "`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.", "`INFO`"),
    )
}
