from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('headaches', '0003_times_of_doses'),
    ]

    operations = [
        migrations.RenameField('devicechange', 'said', 'answer'),
    ]
