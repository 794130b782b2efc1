"""Sentences for the journal's lines: who did what to whom, and what it changed, in the reader's words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from billing.money import Currency, Money
from billing.records import Facts, JournalLine
from billing.states import (
    AlertKind,
    AskCode,
    CancelWhen,
    DocumentKind,
    Ended,
    Handling,
    PlanName,
    Role,
    SubscriptionState,
    Support,
    Surface,
    TextKind,
)
from billing.text_places import MailKind
from locales.card_words import card_failure
from locales.catalogues import language_names
from locales.labels import LABELS, label
from locales.texts import STEP, step_sentence
from locales.translator import N_, Translator

# By verb: `who` did it, `name` is what it was done to; the other placeholders are the line's own facts.
DEED: Mapping[str, str] = {
    **STEP,
    "account.created": N_("{who} created the account."),
    "account.factor_required": N_("{who} asked everybody for a second factor."),
    "account.factor_lifted": N_("{who} let people do without a second factor."),
    "alert.closed": N_("{who} looked at this: {alert}."),
    "alert.raised": N_("Somebody should look at this: {alert}."),
    "alert.settled": N_("Nobody need look at this any more: {alert}."),
    "answer.added": N_("{who} added the answer template {name}."),
    "answer.changed": N_("{who} changed the answer template {name}."),
    "answer.dropped": N_("{who} removed the answer template {name}."),
    "business.changed": N_("{who} changed the business details."),
    "bundle.asked": N_("{who} asked for all documents of {year}."),
    "card.bank_asks": N_("The bank wants the customer's yes to a payment with the new card."),
    "card.change_asked": N_("{who} wants to pay with another card."),
    "card.change_expired": N_("No new card was entered, so nothing was changed."),
    "card.change_failed": N_("No new card came of a card change."),
    "card.changed": N_("A customer's new card is in use: {brand} •••• {last_four}."),
    "card.changed_partly": N_(
        "A customer's new card is kept, but not all is done: {brand} •••• {last_four}."
    ),
    "card.changed_elsewhere": N_(
        "A customer's card was changed at the payment processor itself: •••• {before} became •••• {after}."
    ),
    "card.overdue_chosen": N_("{who} chose whether what is overdue is paid at once."),
    "card.page_opened": N_("The payment processor made its page for a new card."),
    "card.posted": N_("The ticket's card was posted to Slack."),
    "card.read_back": N_("The payment processor has a customer's new card: {brand} •••• {last_four}."),
    "card.step_done": N_("The payment processor took the new card for {processor_id}."),
    "card.step_failed": N_("The new card was not taken for {processor_id}. {failure}"),
    "card.step_unknown": N_("We do not know yet whether the new card was taken for {processor_id}."),
    "click.refused": N_("{who} clicked in Slack and was refused."),
    "deciding_rules.set": N_("{who} changed the rules for deciding."),
    "department.added": N_("{who} added the department {name}."),
    "department.archived": N_("{who} archived the department {name}."),
    "department.renamed": N_("{who} renamed the department {name}."),
    "directory.changed": N_("{who} changed the portal's path from {before} to {after}."),
    "dispute.inquiry": N_("A bank asks about order {order_id}. No money was taken."),
    "dispute.lost": N_("A bank has decided about order {order_id} for the customer."),
    "dispute.open": N_("A customer disputes order {order_id} at their bank."),
    "dispute.won": N_("A bank has decided about order {order_id} for the merchant."),
    "document.issued": N_("{who} issued document {number}."),
    "domain.added": N_("{who} added the domain {name}."),
    "domain.looked": N_("The DNS record of {name} was looked up and does not prove it yet."),
    "domain.proved": N_("The domain {name} was proved."),
    "domain.released": N_("{who} released the domain {name}."),
    "event.taken_in": N_("The payment processor told of something."),
    "helpdesk.added": N_("{who} added the helpdesk {name}."),
    "helpdesk.archived": N_("{who} archived the helpdesk {name}."),
    "helpdesk.billing_shown": N_("{who} changed the billing section of the helpdesk {name}."),
    "helpdesk.dressed": N_("{who} changed how the helpdesk {name} looks."),
    "helpdesk.hours_set": N_("{who} changed the working hours of the helpdesk {name}."),
    "helpdesk.named": N_("{who} changed the details of the helpdesk {name}."),
    "helpdesk.restored": N_("{who} restored the helpdesk {name}."),
    "helpdesk.staffed": N_("{who} changed who works in the helpdesk {name}."),
    "import.finished": N_("{who} imported a past from {name}."),
    "membership.archived": N_("{who} archived the membership {name}."),
    "membership.changed": N_("{who} changed the membership {name}."),
    "membership.created": N_("{who} created the membership {name}."),
    "order_ids.set": N_("{who} changed how Order IDs are made."),
    "payment.taken_in": N_("A payment came in from the payment processor ({charge})."),
    "plan.changed": N_("{who} changed the plan from {before} to {after}."),
    "processor.connected": N_("The payment processor {name} was connected."),
    "processor.connected_test": N_("The payment processor {name} was connected in test mode."),
    "processor.disconnected": N_("{who} disconnected the payment processor {name}."),
    "processor.key_given": N_("{who} entered a key of the payment processor ({key_hint})."),
    "processor.refused": N_("The key {key_hint} of the payment processor cannot be used."),
    "processor.replaced": N_("Another key of the payment processor took the place of {key_hint}."),
    "processor.revoked": N_("The payment processor {name} takes the key {key_hint} no more."),
    "processor.secret_set": N_("{who} entered another signing secret of the payment processor."),
    "processor.webhook_made": N_("An endpoint for events was made at the payment processor {name}."),
    "product.refund_period_set": N_("{who} set the refund period of {name}."),
    "refund.made_elsewhere": N_("Of order {order_id} money was refunded at the payment processor itself."),
    "refund.reversed_elsewhere": N_(
        "A refund of order {order_id}, made at the payment processor itself, was taken back."
    ),
    "self_billing.set": N_("{who} changed Self billing."),
    "slack.channel_back": N_("In the helpdesk {name} messages arrive in Slack again."),
    "slack.channel_lost": N_("The Slack channel of the helpdesk {name} takes no messages ({problem})."),
    "slack.connected": N_("{who} connected the Slack workspace {name}."),
    "slack.connected_again": N_("{who} connected the Slack workspace {name} once more."),
    "slack.connecting": N_("{who} went to Slack to add the app."),
    "slack.ended": N_("{who} ended the connection with the Slack workspace {name}. Reason: {why}."),
    "slack.link_offered": N_("{who} asked {name} in Slack who they are at the desk."),
    "slack.listed": N_("Slack was asked which channels {name} has."),
    "slack.linked": N_("{who} linked {name} to a Slack user."),
    "slack.tested": N_("A message was sent to try the Slack channel of the helpdesk {name}."),
    "slack.unlinked": N_("{who} took the link of {name} to Slack away."),
    "staff.added": N_("{who} added {name} to the team."),
    "staff.changed": N_("{who} changed the role or limit of {name}."),
    "staff.deactivated": N_("{who} deactivated {name}."),
    "staff.factor_removed": N_("{who} removed their second factor."),
    "staff.factor_replaced": N_("{who} set up another second factor."),
    "staff.factor_reset": N_("{who} reset the second factor of {name}."),
    "staff.factor_set": N_("{who} set up a second factor."),
    "staff.invitation_withdrawn": N_("{who} withdrew the invitation of {name}."),
    "staff.invited": N_("{who} invited {name}."),
    "staff.joined": N_("{name} joined the team."),
    "staff.password_changed": N_("{who} changed their password."),
    "staff.reactivated": N_("{who} reactivated {name}."),
    "staff.recovery_code_used": N_("{who} used a recovery code."),
    "staff.recovery_codes_made": N_("{who} made new recovery codes."),
    "staff.signed_out_everywhere": N_("{who} signed out everywhere."),
    "subscription.changed": N_("A subscription went from {before} to {after}."),
    "sync.finished": N_("{who} took in what the payment processor has."),
    "text.changed": N_("{who} changed a text in their own words: {text}, {language}."),
    "text.removed": N_("{who} removed a text in their own words: {text}, {language}."),
    "ticket.reminded": N_("The team was reminded of {name}, which still waits."),
    "visit.began": N_("{who} signed in."),
    "visit.half_begun": N_("{who} gave the right password; the second factor was still to come."),
    "visit.proved": N_("{who} proved once more who they are."),
}

# What lines are about, by the first word of their verbs, as the filter offers it.
KIND: Mapping[str, str] = {
    "request": N_("Requests"),
    "operation": N_("Payment processor"),
    "processor": N_("Connection to the payment processor"),
    "ticket": N_("Tickets"),
    "staff": N_("Team"),
    "visit": N_("Sign-ins"),
    "account": N_("Account"),
    "plan": N_("Plan"),
    "deciding_rules": N_("Rules for deciding"),
    "self_billing": N_("Self billing"),
    "product": N_("Products"),
    "directory": N_("Portal address"),
    "domain": N_("Domain"),
    "helpdesk": N_("Helpdesks"),
    "department": N_("Departments"),
    "answer": N_("Answer templates"),
    "text": N_("Texts"),
    "membership": N_("Memberships"),
    "slack": N_("Slack"),
    "click": N_("Refused clicks"),
    "business": N_("Business details"),
    "document": N_("Documents"),
    "bundle": N_("All documents of a year"),
    "subscription": N_("Subscriptions"),
    "refund": N_("Refunds made elsewhere"),
    "dispute": N_("Disputes"),
    "event": N_("Events"),
    "import": N_("Imports"),
    "payment": N_("Payments"),
    "sync": N_("What the payment processor has"),
    "order_ids": N_("Order IDs"),
    "alert": N_("To look at"),
    "card": N_("Cards"),
}

_FIELD: Mapping[str, str] = {
    "role": N_("Role"),
    "limit_minor": N_("Approval limit"),
    "two_people_above_minor": N_("Two people above"),
    "bulk_up_to_minor": N_("Many at once up to"),
    "days": N_("Refund period in days"),
    "template": N_("Format"),
    "width": N_("Digits of the number"),
    "start": N_("Next number"),
    "name": N_("Name"),
    "slug": N_("Path"),
    "department": N_("Department"),
    "invoices": N_("Invoice download"),
    "card_update": N_("Credit card update"),
    "refund": N_("Refund transaction"),
    "cancel": N_("Cancel subscription"),
    "cancel_when": N_("Cancellations take effect"),
    "tickets": N_("Where tickets appear"),
    "code_for_documents": N_("Code for documents"),
    "code_for_refund": N_("Code for refunds"),
    "code_for_card": N_("Code for the card"),
    "support": N_("Customer support"),
    "leads_to": N_("The help icon leads to"),
    "site_url": N_("Address of the site"),
    "billing_shown": N_("Billing section"),
    "slack_channel": N_("Slack channel"),
    "colour": N_("Colour"),
    "working_days": N_("Working days"),
    "opens": N_("Opens"),
    "closes": N_("Closes"),
    "answer_hours": N_("Hours until an answer is due"),
    "digest_at": N_("Daily digest"),
}
_WALL_TIMES = frozenset({"opens", "closes", "digest_at"})
_PLACEHOLDER = re.compile(r"{(\w+)}")
_NAMED = (
    "name",
    "helpdesk",
    "workspace",
    "processor_name",
    "product",
    "department",
    "host",
    "reference",
    "source",
)
_WORDS: tuple[type[StrEnum], ...] = (
    Role,
    PlanName,
    Handling,
    CancelWhen,
    AskCode,
    Surface,
    SubscriptionState,
    DocumentKind,
    Support,
    Ended,
    AlertKind,
)

# What a step with a new card did, where that is not what its verb says.
_CARD_STEP = {
    ("card.step_done", "drop_card"): N_("The payment processor removed the old card {processor_id}."),
    ("card.step_failed", "drop_card"): N_("The old card {processor_id} was not removed. {failure}"),
    ("card.step_unknown", "drop_card"): N_(
        "We do not know yet whether the old card {processor_id} was removed."
    ),
    ("card.step_done", "pay_invoice"): N_("The invoice {processor_id} was paid with the new card."),
    ("card.step_failed", "pay_invoice"): N_(
        "The invoice {processor_id} was not paid with the new card. {failure}"
    ),
    ("card.step_unknown", "pay_invoice"): N_(
        "We do not know yet whether the invoice {processor_id} was paid with the new card."
    ),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a line changed, as a person reads it; empty `before` or `after`: nothing."""

    what: str
    before: str
    after: str


def deed_sentence(line: JournalLine, names: Mapping[str, str], say: Translator) -> str:
    """Who did what; a verb that nobody has words for yet is shown as it is, readably."""
    who, facts = actor_name(line, names, say), line.facts
    source = DEED.get(line.verb)
    if source is None:
        what = line.verb.replace(".", ": ").replace("_", " ")
        return say.text(N_("{who}: {what}"), who=who, what=what)
    source = _CARD_STEP.get((line.verb, str(facts.get("kind"))), source)
    if line.verb == "subscription.changed" and facts.get("before") == facts.get("after"):
        source = N_("The dates of a subscription changed; it stays {after}.")
    if line.verb in STEP:
        step = step_sentence(line.verb, {"whom": "…", **facts}, who, say)
        return f"{facts['reference']}: {step}" if facts.get("reference") else step
    first = "department" if line.verb.startswith("department.") else "name"
    named = next((facts[each] for each in (first, *_NAMED) if facts.get(each)), None)
    name = str(named) if named is not None else names.get(line.subject, "") or str(facts.get("email") or "…")
    # An old line may lack a fact that its sentence wants by now.
    wanted: dict[str, object] = dict.fromkeys(_PLACEHOLDER.findall(source), "…")
    told = {name: _spoken(fact, say) for name, fact in facts.items()}
    if line.verb == "card.step_failed":
        told["failure"] = card_failure(str(facts.get("failure")), say)
    if line.verb.startswith("text."):
        told |= _text_told(facts, say)
    return say.text(source, **{**wanted, **told, "who": who, "name": name})


def _text_told(facts: Facts, say: Translator) -> dict[str, object]:
    """Which of the merchant's own texts, and in which language; the words themselves are nobody's deed."""
    about, language = str(facts.get("about") or ""), str(facts.get("language") or "")
    kind = label(TextKind(str(facts["text"])), say) if "text" in facts else "…"
    if about in set(MailKind):
        about = label(MailKind(about), say)
    name = dict(language_names()).get(language) or say.text(N_("All languages"))
    return {"text": f"{kind}: {about}" if about else kind, "language": name}


def deed_changes(line: JournalLine, currency: Currency, say: Translator) -> list[Change]:
    """What was, and what is since; in the order in which it was written down."""
    found: list[Change] = []
    for name, after in line.facts.items():
        before = line.facts.get(f"{name}_before")
        if f"{name}_before" in line.facts and before != after:
            source = _FIELD.get(name)
            what = say.text(source) if source else name.removesuffix("_minor").replace("_", " ")
            values = [_value(name, fact, currency, say) for fact in (before, after)]
            found.append(Change(what, *values))
    return found


def actor_name(line: JournalLine, names: Mapping[str, str], say: Translator) -> str:
    """Whoever did it: a name, or what they are."""
    if line.by in names:
        return names[line.by]
    match line.by.partition(":")[0]:
        case "customer":
            return say.text(N_("A customer"))
        case "staff":
            return str(line.facts.get("by_name") or say.text(N_("Somebody")))
        case _:
            return say.text(N_("Selfbill"))


def _value(name: str, fact: object, currency: Currency, say: Translator) -> str:
    if name.endswith("_minor") and isinstance(fact, int):
        return say.money(Money(fact, currency))
    if name in _WALL_TIMES and isinstance(fact, int):
        return say.wall_time(fact)
    if name == "working_days" and isinstance(fact, str):
        return say.list_of([say.weekday(int(day)) for day in fact.split()])
    return str(_spoken(fact, say))


def _spoken(fact: object, say: Translator) -> object:
    if fact is None:
        return ""
    if isinstance(fact, bool):
        return say.text(N_("Yes")) if fact else say.text(N_("No"))
    for kind in _WORDS:
        if isinstance(fact, str) and fact in {each.value for each in kind} and kind in LABELS:
            return label(kind(fact), say)
    return fact
