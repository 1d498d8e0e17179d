from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_demo_email'),
        ('progress', '0004_stored_diary_and_dashboard'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='storeddashboard',
            name='one_stored_dashboard',
        ),
        migrations.RenameField(
            model_name='storeddashboard',
            old_name='own',
            new_name='is_own',
        ),
        migrations.AddConstraint(
            model_name='storeddashboard',
            constraint=models.UniqueConstraint(fields=('record', 'is_own', 'language', 'metric'), name='one_stored_dashboard'),
        ),
    ]
