from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reminders', '0012_plain_labels'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reminder',
            name='one_letter_a_kind_date_and_channel',
        ),
        migrations.RemoveConstraint(
            model_name='reminder',
            name='one_key_a_letter',
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('user', 'kind', 'target_date', 'channel'), name='one_reminder_a_kind_date_and_channel'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('key',), name='unique_reminder_key'),
        ),
    ]
