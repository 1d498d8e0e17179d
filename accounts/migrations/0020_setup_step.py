from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0009_demo_email"),
    ]

    operations = [
        migrations.AddField(
            model_name="record",
            name="setup_step",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
    ]
