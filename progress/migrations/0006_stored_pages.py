from django.db import migrations, models


def delete_stored(apps, schema_editor):
    """The stored pages are those of the former single page; each is rendered anew when it is opened."""
    apps.get_model("progress", "StoredDashboard").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("progress", "0005_plain_names"),
    ]

    operations = [
        migrations.RunPython(delete_stored, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="storeddashboard", name="one_stored_dashboard"),
        migrations.AddField(
            model_name="storeddashboard",
            name="page",
            field=models.CharField(max_length=12, default="overview"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="storeddashboard",
            constraint=models.UniqueConstraint(
                fields=("record", "page", "is_own", "language", "metric"), name="one_stored_dashboard"
            ),
        ),
    ]
