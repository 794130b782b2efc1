"""What a change of settings changed, for the journal."""

from billing.records import Facts


def find_changes(before: Facts, after: Facts) -> dict[str, str | int | bool | None]:
    """Of each fact that differs: what it was (`<name>_before`) and what it is now."""
    changes: dict[str, str | int | bool | None] = {}
    for name, fact in after.items():
        if before.get(name) != fact:
            changes |= {f"{name}_before": before.get(name), name: fact}
    return changes
