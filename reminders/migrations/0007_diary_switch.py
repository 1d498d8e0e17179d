from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_diary_rhythm"), ("reminders", "0006_checks_of_one_constant")]

    operations = [
        migrations.AddField(
            model_name="reminderpreference",
            name="diary",
            field=models.BooleanField(
                default=False, verbose_name="While something is empty, in the diary’s own rhythm"
            ),
        ),
    ]
