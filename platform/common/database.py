"""What the database itself enforces: operations for tables that only grow, and the application's rights.

Never weaken one of these in a migration without a decision record: they are why the ledger can be believed.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper

_REFUSE = """
CREATE OR REPLACE FUNCTION asar_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: this table only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class AppendOnly(migrations.RunSQL):
    """Refuse UPDATE, DELETE and TRUNCATE on a table, whoever asks; the application's role loses these rights too.

    With `through_functions` the application may not even INSERT: only functions owned by the owner write it.
    """

    reduces_to_sql = True

    def __init__(self, table: str, *, through_functions: bool = False) -> None:
        self.table = table
        self.through_functions = through_functions
        trigger = "only_functions_write" if through_functions else "only_grows"
        super().__init__(
            sql=f"""{_REFUSE}
CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}"
FOR EACH STATEMENT EXECUTE FUNCTION asar_refuse_change();
""",
            reverse_sql=f'DROP TRIGGER {trigger} ON "{table}";',
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.table], {"through_functions": self.through_functions})


GUARDED_FUNCTION_TABLES_COMMENT = "written by functions only"


def grant_application_rights(*, connection: BaseDatabaseWrapper, role: str) -> None:
    """Give `role` what the site needs and no more. Idempotent; run by `migrate` as the owner after each change.

    Tables with the trigger `only_grows` lose UPDATE, DELETE and TRUNCATE; tables with `only_functions_write`, or the
    comment "written by functions only", are readable alone.
    """
    quoted = connection.ops.quote_name(role)
    name = str(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        # A temporary table could stand in the place of a real one for whoever names it without its schema.
        cursor.execute(f"REVOKE TEMPORARY ON DATABASE {connection.ops.quote_name(name)} FROM PUBLIC, {quoted}")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        cursor.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname IN ('only_grows', 'only_functions_write')"
        )
        for table, trigger in cursor.fetchall():
            cursor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {quoted}')
            if trigger == "only_functions_write":
                cursor.execute(f'REVOKE INSERT ON "{table}" FROM {quoted}')
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND obj_description(oid, 'pg_class') = %s",
            [GUARDED_FUNCTION_TABLES_COMMENT],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON "{table}" FROM {quoted}')
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {quoted}")
