from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_demo_email'),
        ('headaches', '0006_day_revision'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='diaryday',
            name='day_hours',
        ),
        migrations.AlterField(
            model_name='diaryday',
            name='hours',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=4, null=True, verbose_name='hours of headache'),
        ),
        migrations.AddConstraint(
            model_name='diaryday',
            constraint=models.CheckConstraint(condition=models.Q(('hours__isnull', True), models.Q(('hours__gt', 0), ('hours__lte', 24)), _connector='OR'), name='day_hours', violation_error_message='A day has 24 hours. Enter up to 24, such as 3.5 or 3:35.'),
        ),
    ]
