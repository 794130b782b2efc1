"""What the database refuses whoever asks: moves where no arrow leads, and rewriting what money did.

Triggers, as the journal's. They stand behind the conditional updates of the repositories, for whoever writes
around them: an operation or a card step moves along its arrows and keeps its key, its target and its amount;
a refund keeps its amount and its payment, and what is known of it once stays. What is printed, and what it
is printed from, is never changed at all.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import DDL, event

from billing.states import OPERATION_MOVES
from storage.tables.metadata import metadata

_MOVES = ", ".join(sorted(f"'{state}>{to}'" for state, tos in OPERATION_MOVES.items() for to in tos))
_NO_ARROW = f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({_MOVES})"
# Never another; and: never another once it is known.
_FIXED: Mapping[str, tuple[str, ...]] = {
    "operations": (
        "request_id",
        "kind",
        "key",
        "payment_id",
        "subscription_id",
        "processor_target",
        "amount_minor",
        "currency",
    ),
    "card_steps": ("change_id", "kind", "key", "target", "amount_minor", "currency"),
    "refunds": ("payment_id", "amount_minor", "currency", "refunded_at"),
}
_ONCE: Mapping[str, tuple[str, ...]] = {
    "operations": ("first_sent_at",),
    "card_steps": ("first_sent_at",),
    "refunds": ("operation_id", "processor_id", "reversed_at"),
}
_KEPT = ("operations", "card_steps")  # never deleted; a refund that does not fit is, at once
_FROZEN = ("documents", "snapshots", "past_sellers")
_SAYS = "what money did is not rewritten"
_FUNCTION = "refuse_to_rewrite_money"

# By trigger: its table.
GUARDS: Mapping[str, str] = {
    **{f"{table}_are_not_rewritten": table for table in _FIXED},
    **{f"{table}_are_kept": table for table in _KEPT},
    **{f"{table}_are_frozen": table for table in _FROZEN},
    **{f"{table}_stay": table for table in _FROZEN},
}


def _differs(columns: Iterable[str], is_not: str) -> list[str]:
    return [f"OLD.{name} {is_not} NEW.{name}" for name in columns]


def _refused(table: str, is_not: str) -> str:
    """The condition of an update that is refused."""
    once = [f"(OLD.{name} IS NOT NULL AND OLD.{name} {is_not} NEW.{name})" for name in _ONCE[table]]
    arrows = [f"({_NO_ARROW})"] if table in _KEPT else []
    return " OR ".join([*_differs(_FIXED[table], is_not), *once, *arrows])


def _on_sqlite() -> Iterable[str]:
    body = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
    for table in _FIXED:
        when = _refused(table, "IS NOT")
        yield f"CREATE TRIGGER {table}_are_not_rewritten BEFORE UPDATE ON {table} WHEN {when} {body}"
    for table in _KEPT:
        yield f"CREATE TRIGGER {table}_are_kept BEFORE DELETE ON {table} {body}"
    for table in _FROZEN:
        yield f"CREATE TRIGGER {table}_are_frozen BEFORE UPDATE ON {table} {body}"
        yield f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} {body}"


def _on_postgresql() -> Iterable[str]:
    yield (
        f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$"
    )
    run = f"FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
    when_run = f"EXECUTE FUNCTION {_FUNCTION}()"
    for table in _FIXED:
        when = _refused(table, "IS DISTINCT FROM")
        yield (
            f"CREATE TRIGGER {table}_are_not_rewritten BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({when}) {when_run}"
        )
    for table in _KEPT:
        yield f"CREATE TRIGGER {table}_are_kept BEFORE DELETE ON {table} {run}"
    for table in _FROZEN:
        yield f"CREATE TRIGGER {table}_are_frozen BEFORE UPDATE ON {table} {run}"
        yield f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} {run}"


NEVER_REWRITTEN: Mapping[str, tuple[str, ...]] = {
    "sqlite": tuple(_on_sqlite()),
    "postgresql": tuple(_on_postgresql()),
}
for _engine, _statements in NEVER_REWRITTEN.items():
    for _statement in _statements:
        event.listen(metadata, "after_create", DDL(_statement).execute_if(dialect=_engine))  # type: ignore[no-untyped-call]
