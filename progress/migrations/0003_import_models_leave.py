"""Hands the import models over to the exchange app; their tables stay."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('progress', '0002_kept_pages'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='ImportDraft'),
                migrations.DeleteModel(name='ImportMapping'),
            ],
        ),
    ]
