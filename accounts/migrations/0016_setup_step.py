from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0015_medicine_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="record",
            name="setup_step",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
    ]
