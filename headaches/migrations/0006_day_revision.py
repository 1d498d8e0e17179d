
import headaches.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('headaches', '0005_plain_labels'),
    ]

    operations = [
        migrations.AddField(
            model_name='diaryday',
            name='revision',
            field=models.CharField(default=headaches.models.create_revision, editable=False, max_length=8),
        ),
    ]
