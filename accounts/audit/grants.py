"""The grants of PostgreSQL under which the application's role can add to the audit log and change nothing of it."""

from django.db import connection

from accounts.audit.triggers import ENTRIES, IDENTITIES, PREFIX, TRAILS


def list_grants(role: str) -> list[str]:
    """Return the statements, to be run as the owner of the tables, who runs manage.py migrate."""
    name = connection.ops.quote_name(role)
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name};",
        f"GRANT USAGE ON SCHEMA public TO {name};",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name};",
        f"REVOKE UPDATE, DELETE ON {ENTRIES} FROM {name};",
        f"REVOKE UPDATE ON {IDENTITIES} FROM {name};",
        f"REVOKE DELETE ON {TRAILS} FROM {name};",
        f"GRANT EXECUTE ON FUNCTION {PREFIX}delete_cut() TO {name};",
    ]
