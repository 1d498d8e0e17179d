"""Every row gets its person; a switch that was off keeps every letter off that it governed."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def carry(apps, _editor):
    owner = apps.get_model("accounts", "Record").objects.filter(pk=OuterRef("record_id")).values("user_id")[:1]
    for name in ("Reminder", "ReminderPreference"):
        apps.get_model("reminders", name).objects.update(user_id=Subquery(owner))
    off = apps.get_model("reminders", "ReminderPreference").objects.filter(session_letters=False)
    off.update(book=False, d14=False, d7=False, d1=False, overdue=False)
    held = apps.get_model("reminders", "Reminder").objects.filter(
        state__in=["claimed", "sending"], lease_until__isnull=False
    )
    held.update(wake_at=F("lease_until"))
    ended = apps.get_model("reminders", "Reminder").objects.exclude(state__in=["scheduled", "claimed", "sending"])
    ended.update(wake_at=None)


class Migration(migrations.Migration):
    dependencies = [("reminders", "0002_new_columns")]
    operations = [migrations.RunPython(carry, migrations.RunPython.noop)]
