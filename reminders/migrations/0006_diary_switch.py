from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_diary_rhythm"), ("reminders", "0005_fewer_checks")]

    operations = [
        migrations.AddField(
            model_name="reminderpreference",
            name="diary",
            field=models.BooleanField(
                default=False, verbose_name="While something is empty, in the diary’s own rhythm"
            ),
        ),
    ]
