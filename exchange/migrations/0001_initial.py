"""Takes the import models over from the progress app; their tables keep their names."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('progress', '0003_import_models_leave'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='ImportDraft',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('created_at', models.DateTimeField()),
                        ('name', models.CharField(max_length=200)),
                        ('content', models.BinaryField()),
                        ('encoding', models.CharField(blank=True, max_length=12)),
                        ('mapping', models.JSONField(null=True)),
                        ('choices', models.JSONField(default=dict)),
                        ('state', models.CharField(choices=[('open', 'not decided'), ('applied', 'brought in'), ('undone', 'taken back')], default='open', max_length=8)),
                        ('applied_at', models.DateTimeField(null=True)),
                        ('touched', models.BinaryField(null=True)),
                        ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='accounts.record')),
                    ],
                    options={
                        'db_table': 'progress_importdraft',
                        'ordering': ['-created_at', '-pk'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'applied', 'undone'])), name='import_state'), models.CheckConstraint(condition=models.Q(('state', 'open'), models.Q(('applied_at__isnull', False), ('touched__isnull', False)), _connector='OR'), name='import_applied_has_its_undo')],
                    },
                ),
                migrations.CreateModel(
                    name='ImportMapping',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('header', models.CharField(max_length=64)),
                        ('mapping', models.JSONField()),
                        ('used_at', models.DateTimeField()),
                        ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='import_mappings', to='accounts.record')),
                    ],
                    options={
                        'db_table': 'progress_importmapping',
                        'constraints': [models.UniqueConstraint(fields=('record', 'header'), name='one_mapping_a_header')],
                    },
                ),
            ],
        ),
    ]
