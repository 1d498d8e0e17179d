

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0004_old_columns_go"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="reminder",
            name="reminder_state",
        ),
        migrations.AlterField(
            model_name="reminder",
            name="attempts",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="doubts",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="turn",
            field=models.SmallIntegerField(default=0),
        ),
    ]
