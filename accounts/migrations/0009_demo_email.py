from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_plain_labels")]

    operations = [migrations.RenameModel("DemoLetter", "DemoEmail")]
