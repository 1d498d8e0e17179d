from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_languages_from_the_folder'),
    ]

    operations = [
        migrations.RemoveIndex('user', 'stopped_addresses'),
        migrations.RenameField('user', 'stopped_email', 'bounced_email'),
        migrations.AddIndex(
            'user',
            models.Index(fields=['bounced_email'], condition=~models.Q(bounced_email=''), name='bounced_addresses'),
        ),
    ]
