"""Where a deed came from, in the reader's words, for lines of the journal."""

from collections.abc import Mapping

from locales.translator import N_, Translator

_PLACE: Mapping[str, str] = {
    "web": N_("Desk"),
    "slack": N_("Slack"),
    "portal": N_("Portal"),
    "helpdesk": N_("Helpdesk"),
    "system": N_("Selfbill"),
}


def origin_words(origin: str, say: Translator) -> str:
    """`web:192.0.2.1` is `Desk 192.0.2.1`; for whom somebody acted is left out."""
    place, _, client = origin.partition(" for ")[0].partition(":")
    return " ".join(filter(None, (say.text(_PLACE.get(place, place)), client)))
