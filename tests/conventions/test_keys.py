"""Every key starts with the account: decision 3. An account's own addresses are what it is found by."""

import pytest
from sqlalchemy import Table, UniqueConstraint

from storage.tables import metadata

TABLES = metadata.sorted_tables
FOUND_BY = {
    ("accounts", "slug"),
    ("accounts", "directory"),
    ("former_directories", "directory"),
    ("accounts", "domain"),
    ("domains", "host"),
    ("slack_installations", "team_id"),
    ("slack_connectings", "state_hash"),
    ("processor_connections", "provider"),
}


def name(table: Table) -> str:
    return table.name


def test_there_are_tables_to_look_at() -> None:
    assert len(TABLES) > 20


@pytest.mark.parametrize("table", TABLES, ids=name)
def test_a_primary_key_starts_with_the_account(table: Table) -> None:
    assert next(iter(table.primary_key)).name == "account_id"


@pytest.mark.parametrize("table", TABLES, ids=name)
def test_a_row_refers_to_rows_of_its_own_account_only(table: Table) -> None:
    for reference in table.foreign_key_constraints:
        first = reference.elements[0]
        assert (first.parent.name, first.column.name) == ("account_id", "account_id"), reference


@pytest.mark.parametrize("table", TABLES, ids=name)
def test_what_is_unique_is_unique_within_the_account(table: Table) -> None:
    keys = [list(index.columns) for index in table.indexes if index.unique]
    keys += [list(rule.columns) for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    first = {(table.name, columns[0].name) for columns in keys}
    assert first - FOUND_BY <= {(table.name, "account_id")}
