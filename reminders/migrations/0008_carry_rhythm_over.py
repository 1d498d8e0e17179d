"""The rhythm moves to the record, where the home page asks for it too; whether letters follow it stays a wish."""

from django.db import migrations
from django.db.migrations.state import StateApps


def carry_over(apps: StateApps, _schema: object) -> None:
    wishes = apps.get_model("reminders", "ReminderPreference").objects
    records = apps.get_model("accounts", "Record").objects
    for rhythm in ("daily", "weekly", "burst"):
        asked = wishes.filter(rhythm=rhythm)
        records.filter(user__in=asked.values("user")).update(rhythm=rhythm)
        asked.update(diary=True)


def carry_back(apps: StateApps, _schema: object) -> None:
    wishes = apps.get_model("reminders", "ReminderPreference").objects
    for rhythm in ("daily", "weekly", "burst"):
        wishes.filter(diary=True, user__record__rhythm=rhythm).update(rhythm=rhythm)


class Migration(migrations.Migration):
    dependencies = [("reminders", "0007_diary_switch")]

    operations = [migrations.RunPython(carry_over, carry_back)]
