"""What the application's role may do in the database: read all, write what it must, and nothing on what only grows."""

from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction

from common.database import GUARDED_FUNCTION_TABLES_COMMENT, AppendOnly, grant_application_rights

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
ONLY_GROWS = {
    "audit_record": "SELECT INSERT",
    "ledger_earmark": "SELECT INSERT",
    "ledger_account": "SELECT",
    "ledger_transaction": "SELECT",
    "ledger_entry": "SELECT",
    "ledger_balance": "SELECT",
    "ledger_earmarkbalance": "SELECT",
    "ledger_hold": "SELECT",
    "ledger_holdend": "SELECT",
    "ledger_period": "SELECT",
    "transparency_entry": "SELECT",
    "transparency_log": "SELECT",
    "transparency_head": "SELECT",
    "transparency_opening": "SELECT",
    "spending_approval": "SELECT INSERT",
    "django_migrations": "SELECT",
}


def ask(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        return list(cursor.fetchall()) if cursor.description else []


def rights_of(table: str) -> str:
    asked = ", ".join(f"has_table_privilege(current_user, '\"{table}\"', '{right}')" for right in RIGHTS)
    [row] = ask(f"SELECT {asked}")
    return " ".join(right for right, granted in zip(RIGHTS, row, strict=True) if granted)


@pytest.mark.django_db
@pytest.mark.parametrize("table", sorted(ONLY_GROWS))
def test_what_only_grows_cannot_be_changed(table: str) -> None:
    assert rights_of(table) == ONLY_GROWS[table]


@pytest.mark.django_db
def test_every_other_table_is_written_and_none_is_emptied() -> None:
    tables = [name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    guarded = {
        name
        for (name,) in ask(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname IN ('only_grows', 'only_functions_write')"
        )
    }
    assert len(tables) > 30
    by_functions = {
        name
        for (name,) in ask(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND obj_description(oid, 'pg_class') = %s",
            GUARDED_FUNCTION_TABLES_COMMENT,
        )
    }
    assert {name for name in by_functions if rights_of(name) != "SELECT"} == set()
    free = {name for name in tables if name not in guarded | by_functions and name not in ONLY_GROWS}
    assert {name: rights_of(name) for name in free} == dict.fromkeys(free, "SELECT INSERT UPDATE DELETE")
    assert {name for name in guarded if "UPDATE" in rights_of(name) or "DELETE" in rights_of(name)} == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id integer)",
        "DROP TABLE audit_version",
        "ALTER TABLE ledger_account ADD COLUMN note text",
        "ALTER TABLE spending_request DISABLE TRIGGER request_is_filed",
        "CREATE OR REPLACE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE sql AS ''",
        "SET session_replication_role = replica",
        "SET ROLE asar_owner",
    ],
)
def test_the_site_changes_no_rule(statement: str) -> None:
    with pytest.raises(ProgrammingError):
        ask(statement)


@pytest.mark.django_db
def test_functions_that_write_for_the_site_look_into_one_schema() -> None:
    """A function that runs with its owner's rights must not be led to other tables by the caller's search path."""
    found = ask("SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
    assert {name for name, config in found if "search_path=public, pg_temp" not in (config or [])} == set()
    assert {name for name, _ in found} == {
        "ledger_close",
        "ledger_place_hold",
        "ledger_post",
        "ledger_release_hold",
        "transparency_append",
        "transparency_erase",
        "transparency_heartbeat",
        "transparency_keep",
    }


def test_rights_are_given_again_without_harm(as_database_owner: None) -> None:
    assert settings.DATABASE_OWNER is not None
    role = connections["default"].settings_dict["USER"]
    assert role == settings.DATABASE_OWNER["USER"]
    for _twice in range(2):
        grant_application_rights(connection=connection, role="asar_app")
    assert ask("SELECT has_table_privilege('asar_app', 'ledger_entry', 'INSERT')") == [(False,)]
    assert ask("SELECT has_table_privilege('asar_app', 'audit_record', 'UPDATE')") == [(False,)]
    assert ask("SELECT has_table_privilege('asar_app', 'needs_need', 'UPDATE')") == [(True,)]


def test_a_table_that_only_grows_refuses_its_owner_too(as_database_owner: None) -> None:
    ask("CREATE TABLE diary (line text)")
    operation = AppendOnly("diary")
    assert operation.deconstruct() == ("AppendOnly", ["diary"], {"through_functions": False})
    ask(str(operation.sql))
    ask("INSERT INTO diary VALUES ('one')")
    for statement in ("UPDATE diary SET line = 'two'", "DELETE FROM diary", "TRUNCATE diary"):
        with pytest.raises(DatabaseError, match="this table only grows"):
            ask(statement)
    ask(str(operation.reverse_sql))
    ask("DELETE FROM diary")
    assert ask("SELECT count(*) FROM diary") == [(0,)]
