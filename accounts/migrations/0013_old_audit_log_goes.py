"""The entries are copied: the old table goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_copy_audit_log")]

    operations = [migrations.DeleteModel("OldAuditEntry")]
