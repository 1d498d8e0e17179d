"""End every log-in: until now the tables held session keys as the cookies do, and copies of them open accounts."""

from django.db import migrations


def end_log_ins(apps, _schema_editor):
    apps.get_model("sessions", "Session").objects.all().delete()
    apps.get_model("usersessions", "UserSession").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_demo_email"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(end_log_ins, end_log_ins)]
