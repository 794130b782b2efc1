"""The collection of all tables, and how their constraints are named."""

from sqlalchemy import ForeignKeyConstraint, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def within_account(column: str, table: str) -> ForeignKeyConstraint:
    """`column` names a row of `table` in the same account; nothing can point into another."""
    return ForeignKeyConstraint(["account_id", column], [f"{table}.account_id", f"{table}.id"])


def of_account() -> ForeignKeyConstraint:
    """The account exists."""
    return ForeignKeyConstraint(["account_id"], ["accounts.account_id"])
