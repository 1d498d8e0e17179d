"""The ledger grows: other kinds, a channel, and a person instead of a record. First the columns, then what they hold."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def hour(label, default):
    return models.PositiveSmallIntegerField(
        default=default, validators=[django.core.validators.MaxValueValidator(23)], verbose_name=label
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("reminders", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "reminder",
            "user",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="reminders",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            "reminder",
            "channel",
            models.CharField(
                choices=[("mail", "by e-mail"), ("push", "on a device")], default="mail", max_length=4
            ),
        ),
        migrations.AddField("reminder", "suspect", models.BooleanField(default=False)),
        migrations.AddField("reminder", "turn", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(
            "reminderpreference",
            "user",
            models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="reminder_preference",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        *[
            migrations.AddField(
                "reminderpreference", name, models.BooleanField(default=default, verbose_name=label)
            )
            for name, default, label in (
                ("book", True, "28 days before, when nothing is booked"),
                ("d14", True, "14 days before"),
                ("d7", True, "7 days before"),
                ("d1", True, "The day before"),
                ("overdue", True, "7 days after the date, when no session is recorded"),
                ("after7", False, "7 days after a session"),
                ("after14", False, "14 days after a session"),
                ("summary", False, "Monthly summary, on the first"),
                ("digest", False, "Weekly digest"),
                ("detail", False, "Letters may say what they are about"),
                ("by_mail", True, "By e-mail"),
                ("by_push", False, "On the devices listed below"),
            )
        ],
        migrations.AddField("reminderpreference", "hour", hour("Time", 9)),
        migrations.AddField("reminderpreference", "diary_hour", hour("Time", 20)),
        migrations.AddField(
            "reminderpreference",
            "rhythm",
            models.CharField(
                choices=[
                    ("none", "never"), ("daily", "daily"), ("weekly", "once a week, to catch up"),
                    ("burst", "daily around sessions, weekly otherwise"),
                ],
                default="none", max_length=6, verbose_name="How often",
            ),
        ),
        migrations.AddField(
            "reminderpreference",
            "diary_days",
            models.PositiveSmallIntegerField(
                default=127, validators=[django.core.validators.MaxValueValidator(127)], verbose_name="Days"
            ),
        ),
        migrations.AddField(
            "reminderpreference",
            "weekday",
            models.PositiveSmallIntegerField(
                default=6, validators=[django.core.validators.MaxValueValidator(6)],
                verbose_name="Day of the weekly letter",
            ),
        ),
        migrations.AddField(
            "reminderpreference",
            "pause_until",
            models.DateField(blank=True, null=True, verbose_name="No letters before"),
        ),
        migrations.AddField("reminderpreference", "plan_at", models.DateTimeField(editable=False, null=True)),
        migrations.RemoveIndex("reminder", "reminders_to_do"),
        migrations.RenameField("reminder", "next_try_at", "wake_at"),
        migrations.AlterField("reminder", "wake_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            "PushDevice",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("endpoint", models.URLField(max_length=1000, unique=True)),
                ("p256dh", models.CharField(max_length=100)),
                ("auth", models.CharField(max_length=40)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="push_devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            {"ordering": ["added_at", "pk"]},
        ),
        migrations.CreateModel(
            "MailPace",
            [
                ("domain", models.CharField(max_length=253, primary_key=True, serialize=False)),
                ("free_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            "Pulse",
            [
                (
                    "job",
                    models.CharField(
                        choices=[("tick", "Tick"), ("reconcile", "Reconcile")], max_length=12, primary_key=True,
                        serialize=False,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("cursor", models.BigIntegerField(null=True)),
                ("said", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            "OperatorNote",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "action",
                    models.CharField(
                        choices=[("looked", "looked at the ledger"), ("resent", "had a letter sent again")],
                        max_length=8,
                    ),
                ),
                ("reminder_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            {"ordering": ["-at", "-pk"]},
        ),
    ]
