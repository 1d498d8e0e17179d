from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reminders', '0010_plain_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='jobheartbeat',
            name='job',
            field=models.CharField(
                choices=[('tick', 'Tick'), ('reconcile', 'Reconcile'), ('nightly', 'Nightly')],
                max_length=12,
                primary_key=True,
                serialize=False,
            ),
        ),
    ]
