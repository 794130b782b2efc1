"""The fields of Self billing settings, to and from a surface's record: the portal's page has all of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

from billing.errors import Invalid, NotFound, NotInPlan
from billing.ids import DepartmentId, HelpdeskId, parse_id
from billing.records import SelfBilling
from billing.self_billing import TicketPlace
from billing.states import AskCode, CancelWhen, Handling
from locales.texts import label, sentence
from locales.translator import N_, Translator
from portal.forms import Form
from portal.views.desk.meanwhile import Differences, find_differences

YES = "yes"
# In the form's order, with the labels that people read.
LABELS: Mapping[str, str] = {
    "invoices": N_("Allow invoice download"),
    "card_update": N_("Allow credit card update"),
    "refund": N_("Allow refund transaction"),
    "refund_how": N_("How refunds are handled"),
    "cancel": N_("Allow cancel subscription"),
    "cancel_how": N_("How cancellations are handled"),
    "cancel_when": N_("When a cancellation takes effect"),
    "tickets": N_("Where tickets appear"),
    "code_documents": N_("Invoices and credit notes"),
    "code_refund": N_("Refunds"),
    "code_card": N_("Card updates"),
}
_TOGGLES = frozenset({"invoices", "card_update", "refund", "cancel"})
_OF_PLACE = frozenset({"ticket_helpdesk_id", "ticket_department_id"})

Options = tuple[tuple[str, str], ...]  # value and label


def fields_of(settings: SelfBilling) -> dict[str, str]:
    """The settings as the form's own text; what is not allowed would be Automated."""
    return {
        "invoices": YES if settings.invoices else "",
        "card_update": YES if settings.card_update else "",
        "refund": YES if settings.refund else "",
        "refund_how": (settings.refund or Handling.AUTOMATED).value,
        "cancel": YES if settings.cancel else "",
        "cancel_how": (settings.cancel or Handling.AUTOMATED).value,
        "cancel_when": settings.cancel_when.value,
        "tickets": _place_value(settings.ticket_helpdesk_id, settings.ticket_department_id),
        "code_documents": settings.code_for_documents.value,
        "code_refund": settings.code_for_refund.value,
        "code_card": settings.code_for_card.value,
    }


def settings_of(form: Form, current: SelfBilling) -> SelfBilling:
    """What was typed into the whole form; raises `Invalid`, or 400 for what the form does not offer."""
    return replace(
        with_handling(form, current),
        invoices=form.text("invoices") == YES,
        card_update=form.text("card_update") == YES,
        cancel_when=form.choice("cancel_when", CancelWhen) or _must_choose("cancel_when"),
        code_for_documents=form.choice("code_documents", AskCode) or _must_choose("code_documents"),
        code_for_refund=form.choice("code_refund", AskCode) or _must_choose("code_refund"),
        code_for_card=form.choice("code_card", AskCode) or _must_choose("code_card"),
    )


def with_handling(form: Form, current: SelfBilling) -> SelfBilling:
    """`current` with what was typed for refund, cancel and where tickets open: all of a helpdesk's step."""
    helpdesk_id, department_id = _place(form.text("tickets"))
    return replace(
        current,
        refund=_handling(form, "refund"),
        cancel=_handling(form, "cancel"),
        ticket_helpdesk_id=helpdesk_id,
        ticket_department_id=department_id,
    )


def refused(form: Form, refusal: Invalid | NotInPlan, settings: SelfBilling, say: Translator) -> Form:
    """The form with the refusal beside the field that it is about."""
    if isinstance(refusal, Invalid):
        if refusal.field in _OF_PLACE:
            refusal.field = "tickets"
        return form.refused(refusal, say)
    field = "refund_how" if settings.refund is Handling.MANUAL else "cancel_how"
    return Form(form.typed, {**form.errors, field: sentence(refusal, say)}, form.once_key)


def compare(
    places: tuple[TicketPlace, ...], mine: SelfBilling, theirs: SelfBilling, say: Translator
) -> Differences:
    """What differs between what was chosen here and what somebody else saved meanwhile."""
    names = dict(place_options(places, say))

    def words(name: str, value: str) -> str:
        if name in _TOGGLES:
            return say.text(N_("On") if value == YES else N_("Off"))
        match name:
            case "refund_how" | "cancel_how":
                return label(Handling(value), say)
            case "cancel_when":
                return label(CancelWhen(value), say)
            case "tickets":
                return names.get(value, "")
            case _:
                return label(AskCode(value), say)

    labels = {name: say.text(text) for name, text in LABELS.items()}
    return find_differences(Form(fields_of(mine)), fields_of(theirs), labels, words)


def place_options(places: tuple[TicketPlace, ...], say: Translator) -> Options:
    """Each helpdesk alone, and with each of its departments."""
    options = []
    for place in places:
        options.append((_place_value(place.helpdesk.id, None), place.helpdesk.name))
        for department in place.departments:
            name = say.text(
                N_("{helpdesk}: {department}"), helpdesk=place.helpdesk.name, department=department.name
            )
            options.append((_place_value(place.helpdesk.id, department.id), name))
    return tuple(options)


def _handling(form: Form, name: str) -> Handling | None:
    how = form.choice(f"{name}_how", Handling)
    if form.text(name) != YES:
        return None
    return how or _must_choose(f"{name}_how")


def _must_choose(field: str) -> NoReturn:
    raise Invalid(field, "choice")


def _place(value: str) -> tuple[HelpdeskId | None, DepartmentId | None]:
    """`helpdesk` or `helpdesk.department`, or nothing; raises `Invalid` for what is no id."""
    helpdesk, _, department = value.partition(".")
    try:
        return (
            parse_id(HelpdeskId, helpdesk) if helpdesk else None,
            parse_id(DepartmentId, department) if department else None,
        )
    except NotFound:
        raise Invalid("tickets", "choice") from None


def _place_value(helpdesk_id: HelpdeskId | None, department_id: DepartmentId | None) -> str:
    return ".".join(each.hex for each in (helpdesk_id, department_id) if each is not None)
