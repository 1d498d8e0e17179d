import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_bounced_email'),
        ('progress', '0003_import_models_leave'),
    ]

    operations = [
        migrations.RenameModel('KeptFacts', 'StoredDiary'),
        migrations.RenameModel('KeptPage', 'StoredDashboard'),
        migrations.AlterField(
            'storeddiary',
            'record',
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='stored_diary',
                serialize=False, to='accounts.record',
            ),
        ),
        migrations.AlterField(
            'storeddashboard',
            'record',
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name='stored_dashboards', to='accounts.record',
            ),
        ),
        migrations.RemoveConstraint('storeddashboard', 'one_kept_page'),
        migrations.RenameField('storeddiary', 'edition', 'code_version'),
        migrations.RenameField('storeddashboard', 'edition', 'code_version'),
        migrations.RenameField('storeddiary', 'facts', 'packed'),
        migrations.AddConstraint(
            'storeddashboard',
            models.UniqueConstraint(fields=('record', 'own', 'language', 'metric'), name='one_stored_dashboard'),
        ),
    ]
