"""What a stale form shows: beside each field that differs, what somebody else saved meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.forms import Form


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a stale form: its label, and both values as a person reads them; empty for nothing."""

    label: str
    mine: str
    theirs: str


# By the name of the field, in the form's order; a page has None where nobody saved meanwhile.
Differences = Mapping[str, Difference]


def find_differences(
    form: Form, theirs: Mapping[str, str], labels: Mapping[str, str], words: Callable[[str, str], str]
) -> Differences:
    """Compares what was typed with what is saved (`theirs`, as the form's own text), field by field.

    `labels` names the fields that count; `words(name, value)` turns a value into what a person reads.
    """
    return {
        name: Difference(label, words(name, form.text(name)), words(name, theirs.get(name, "")))
        for name, label in labels.items()
        if form.text(name) != theirs.get(name, "")
    }


def as_typed(name: str, value: str) -> str:
    """The words of a field that people type: what it holds."""
    return value
