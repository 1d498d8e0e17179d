"""What the new columns replace goes, and the rules of the ledger are set anew."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import reminders.models

STATES = ["scheduled", "claimed", "sending", "sent", "in_doubt", "failed", "cancelled", "superseded", "suppressed"]
KINDS = ["book", "d14", "d7", "d1", "overdue", "after7", "after14", "daily", "weekly", "summary", "digest"]


class Migration(migrations.Migration):
    dependencies = [("reminders", "0003_carry_over")]

    operations = [
        migrations.RemoveConstraint("reminder", "one_letter_a_kind_and_date"),
        migrations.RemoveConstraint("reminder", "reminder_kind"),
        migrations.RemoveField("reminder", "record"),
        migrations.RemoveField("reminder", "session"),
        migrations.RemoveField("reminder", "lease_until"),
        migrations.RemoveField("reminderpreference", "record"),
        migrations.RemoveField("reminderpreference", "session_letters"),
        migrations.AlterField(
            "reminder",
            "user",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="reminders",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "reminder",
            "key",
            models.CharField(default=reminders.models.generate_reminder_key, editable=False, max_length=32),
        ),
        migrations.AlterField(
            "reminderpreference",
            "user",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="reminder_preference",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "reminder",
            "kind",
            models.CharField(
                choices=[
                    ("book", "time to book"), ("d14", "14 days before"), ("d7", "7 days before"),
                    ("d1", "the day before"), ("overdue", "7 days after, if no session is recorded"),
                    ("after7", "7 days after a session"), ("after14", "14 days after a session"),
                    ("daily", "today’s entry"), ("weekly", "the week’s entries"),
                    ("summary", "monthly summary"), ("digest", "weekly digest"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            "reminder",
            "state",
            models.CharField(
                choices=[
                    ("scheduled", "planned"), ("claimed", "being prepared"), ("sending", "being sent"),
                    ("sent", "sent"), ("in_doubt", "perhaps sent"), ("failed", "could not be sent"),
                    ("cancelled", "cancelled"), ("superseded", "replaced by a later one"),
                    ("suppressed", "not sent: not needed, or too late"),
                ],
                default="scheduled", max_length=12,
            ),
        ),
        migrations.AddConstraint(
            "reminder",
            models.UniqueConstraint(
                fields=["user", "kind", "target_date", "channel"], name="one_letter_a_kind_date_and_channel"
            ),
        ),
        migrations.AddConstraint("reminder", models.UniqueConstraint(fields=["key"], name="one_key_a_letter")),
        migrations.AddConstraint(
            "reminder", models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="reminder_kind")
        ),
        migrations.AddConstraint(
            "reminder",
            models.CheckConstraint(condition=models.Q(channel__in=["mail", "push"]), name="reminder_channel"),
        ),
        migrations.AddConstraint(
            "reminder",
            models.CheckConstraint(
                condition=models.Q(state__in=STATES[:3], wake_at__isnull=False)
                | models.Q(state__in=STATES[3:], wake_at=None),
                name="reminder_wakes",
            ),
        ),
        migrations.AddIndex(
            "reminder",
            models.Index(condition=~models.Q(claim=""), fields=["claim"], name="reminders_in_hands"),
        ),
        migrations.AddIndex(
            "reminder",
            models.Index(condition=models.Q(wake_at__isnull=False), fields=["wake_at"], name="reminders_to_do"),
        ),
        migrations.AddIndex(
            "reminder",
            models.Index(
                condition=models.Q(wake_at__isnull=True) & ~models.Q(last_error=""), fields=["due_at"],
                name="reminders_to_see",
            ),
        ),
        migrations.AddConstraint(
            "reminderpreference",
            models.CheckConstraint(
                condition=models.Q(rhythm__in=["none", "daily", "weekly", "burst"]), name="reminder_rhythm"
            ),
        ),
        migrations.AddConstraint(
            "reminderpreference",
            models.CheckConstraint(
                condition=models.Q(hour__lte=23, diary_hour__lte=23, weekday__lte=6), name="reminder_times"
            ),
        ),
        migrations.AddConstraint(
            "reminderpreference",
            models.CheckConstraint(
                condition=models.Q(diary_days__gte=1, diary_days__lte=127), name="reminder_days",
                violation_error_message="No day is ticked. Tick at least one.",
            ),
        ),
        migrations.AddConstraint(
            "reminderpreference",
            models.CheckConstraint(
                condition=models.Q(summary=False) | models.Q(detail=True), name="summary_needs_detail",
                violation_error_message="The summary says how the diary stands. Allow letters to say what they are about, or leave it off.",
            ),
        ),
        migrations.AddIndex(
            "reminderpreference",
            models.Index(condition=models.Q(plan_at__isnull=False), fields=["plan_at"], name="rhythms_to_plan"),
        ),
    ]
