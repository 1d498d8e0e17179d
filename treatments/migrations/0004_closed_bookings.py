import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0003_session_details_goals_checks_feed'),
    ]

    operations = [
        migrations.AddField(
            model_name='booking',
            name='asked_session',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='treatments.injectionsession'),
        ),
        migrations.AddField(
            model_name='injectionsession',
            name='closed_booking',
            field=models.JSONField(editable=False, null=True),
        ),
    ]
