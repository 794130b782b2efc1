"""What tax law wants said on a document about tax that is missing, in the words of the reader's law."""

from collections.abc import Mapping

from billing.states import TaxTreatment
from locales.translator import N_, Translator
from portal.documents.frozen import Printed

_NOTES: Mapping[TaxTreatment, str] = {
    TaxTreatment.REVERSE_CHARGE: N_("Reverse charge: the buyer owes the tax."),
    TaxTreatment.SMALL_BUSINESS: N_("No tax is charged, under the rules for small businesses."),
    TaxTreatment.EXEMPT: N_("Exempt from tax."),
    TaxTreatment.EXPORT: N_("Export, exempt from tax."),
    TaxTreatment.OUTSIDE: N_("Not subject to tax."),
}
_MARKS = "¹²³⁴⁵"


def tax_note(treatment: TaxTreatment, say: Translator) -> str:
    """A sentence; empty where nothing has to be said."""
    return say.text(_NOTES[treatment]) if treatment in _NOTES else ""


def tax_notes(printed: Printed, say: Translator) -> list[str]:
    """The sentences of this document, each with its mark where lines differ."""
    return [f"{note_mark(each, printed)} {tax_note(each, say)}".strip() for each in _noted(printed)]


def note_mark(treatment: TaxTreatment, printed: Printed) -> str:
    """A raised digit that leads to the note; empty where there is none, or where it is about all lines."""
    noted = _noted(printed)
    return _MARKS[noted.index(treatment)] if len(printed.taxes) > 1 and treatment in noted else ""


def _noted(printed: Printed) -> list[TaxTreatment]:
    if not printed.has_notes:
        return []
    return [each for each in dict.fromkeys(one.treatment for one in printed.taxes) if each in _NOTES]
