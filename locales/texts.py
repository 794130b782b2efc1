"""Sentences for what the product says in codes: refusals, invalid fields, failures, steps of a timeline."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from billing.errors import Invalid, Refusal
from billing.money import Currency, Money
from billing.plans import Counted
from billing.policy import Alone, Blocked
from billing.records import Entry, Facts
from billing.slack.records import Outsider
from locales.labels import LABELS, label, reason_label
from locales.translator import N_, Translator

__all__ = [
    "FAILURE",
    "LABELS",
    "PROBLEM",
    "SENTENCE",
    "STEP",
    "event_sentence",
    "failure_sentence",
    "label",
    "reason_label",
    "sentence",
    "sentence_of",
    "step_sentence",
]

SENTENCE: Mapping[str, str] = {
    "refused": N_("This is not possible. Nothing was changed."),
    "not-found": N_("We cannot find this."),
    "sign-in-needed": N_("Please sign in first."),
    "proof-needed": N_("Please prove once more who you are."),
    "code-needed": N_("Please enter the code that we send to your e-mail address first."),
    "forbidden": N_("You may not do this. Nothing was changed."),
    "above-limit": N_("This is above {limit}, which is as much as you may decide."),
    "own-request": N_("This request was made with your own e-mail address, so somebody else must decide it."),
    "acted-for": N_("You asked for this on the customer's behalf, so two others must say yes."),
    "from-settings": N_("The settings of this server hold this, so it is changed there."),
    "not-connected": N_("This Slack workspace is no longer connected. An owner can connect it in the desk."),
    "not-linked": N_(
        "Your Slack user is not linked to anybody at the desk yet, so you cannot do this. "
        "Please link yourself once, then try again."
    ),
    "not-staff": N_(
        "You do not work at this desk any more, so you cannot do this. "
        "If that is a mistake, please ask an owner of the desk."
    ),
    "not-for-guests": N_("Only members of this Slack workspace can do this."),
    "profile-unknown": N_(
        "Slack had not told us within a day who you are, so we are asking now. Please try again in a moment."
    ),
    "switched-off": N_("This is not offered here. Please write to us."),
    "not-in-plan": N_("The plan {plan} does not include this."),
    "invalid": N_("Please check what you entered."),
    "refund-too-large": N_("{asked} is more than the {left} that can still be refunded."),
    "wrong-code": N_("This code is wrong or no longer valid. Please enter the newest one that we sent."),
    "wrong-pair": N_("We cannot sign you in with these. Please check both and try again."),
    "conflict": N_("Something changed in the meantime. Please look again; nothing was changed by you."),
    "already-decided": N_("{who} already answered this on {when}: {state}."),
    "needs-another": N_("You said yes to {amount} on {when}. A second person must say yes as well."),
    "on-hold": N_(
        "The payment is disputed at the bank since {since}. The bank decides first, so this waits for it."
    ),
    "not-in-bulk": N_("This one is decided by itself."),
    "already-pending": N_("Request {reference} about this is under way since {since}."),
    "not-offered": N_("This is not possible at the moment."),
    "repeated": N_("You already sent this. It was recorded once."),
    "too-many": N_("That was too many tries. Please try again later."),
    "stale": N_("Somebody else saved meanwhile. Nothing was changed by you; please look again."),
    "in-use": N_("Something else rests on this, so it stays as it is."),
    "unavailable": N_("We could not do this just now. Nothing was changed; please try again in a moment."),
}

# Why somebody in Slack decides nothing, and what to do where there is something.
NOT_FOR: Mapping[Outsider, str] = {
    Outsider.GUEST: N_("Guests of this Slack workspace cannot do this. Please ask an owner of the desk."),
    Outsider.STRANGER: N_(
        "Only members of the desk's own Slack workspace can do this, and you belong to another one. "
        "Please ask an owner of the desk."
    ),
    Outsider.BOT: N_("Bots cannot do this. Somebody who works at the desk must."),
    Outsider.GONE: N_(
        "Your Slack user is deactivated, so you cannot do this. Please ask an owner of the desk."
    ),
}

# Where a plan includes fewer than would be there. The limit may be none at all.
ROOM: Mapping[Counted, str] = {
    Counted.HELPDESKS: N_("Helpdesks in the plan {plan}: at most {limit}. Archive one, or change the plan."),
    Counted.STAFF: N_("People in the plan {plan}: at most {limit}. Deactivate somebody, or change the plan."),
    Counted.MEMBERSHIPS: N_(
        "Memberships in the plan {plan}: at most {limit}. Archive one, or change the plan."
    ),
    Counted.DOMAINS: N_("Custom domains in the plan {plan}: at most {limit}. Change the plan for one."),
}

# What stands in the way, where there is one sentence for it.
IN_USE: Mapping[str, str] = {
    "last-owner": N_("{name} is the only owner left. Make somebody else an owner first."),
}

PROBLEM: Mapping[str, str] = {
    "invalid": N_("Please check what you entered here."),
    "missing": N_("Please fill this in."),
    "too-long": N_("Please write at most {most} characters."),
    "too-short": N_("Please use at least {least} characters."),
    "no-address": N_("Please enter an address that begins with https://, without a name and a password."),
    "unknown-zone": N_("Please choose a time zone from the list."),
    "no-email": N_("Please enter one e-mail address, e.g. help@example.com."),
    "choice": N_("Please choose one of these."),
    "amount": N_("Please enter an amount, such as {example}."),
    "too-many": N_("Please choose at most {most}."),
    "alone": N_("This takes at least two people who may decide."),
    "unknown": N_("Please choose one of these."),
    "unchanged": N_("Nothing is different so far."),
    "bad-tax-id": N_("Please check this VAT ID. Its country writes them in another form."),
    "out-of-range": N_("Please enter a whole number from {least} to {most}."),
    "order-id-number": N_("Please put {place} where the number belongs."),
    "order-id-letters": N_("Please use letters from A to Z, digits, and the signs . - _ / only."),
    "no-date": N_("Please enter a date."),
    "time-of-day": N_("Please enter a time of day, such as {example}."),
    "closes-before": N_("This must be later than the opening time."),
    "snooze-range": N_("Please choose a time ahead, within the next {most} days."),
    "wrong-password": N_("This is not your present password."),
    "too-common": N_("This is easily guessed. Please choose a few words that only you would put together."),
    "wrong-factor": N_(
        "This code is wrong or was used before. Please enter the one that your app shows now."
    ),
    "offer-over": N_("This took too long. Please scan the new code below."),
    "works-here": N_("This person is on the team already; whoever was deactivated can be reactivated there."),
    "not-a-member-id": N_("Please write the member's ID, which begins with U or W, such as U0123ABCD45."),
    "outsider": N_(
        "Guests, bots and whoever left the workspace cannot be linked. Please choose somebody else."
    ),
    "agents-only": N_("Only agents have a limit. Please leave it empty, or choose the role of agent."),
    "taken": N_("Somebody already has this one. Please choose another."),
    "too-many-files": N_("Please send at most {most} files at once."),
    "too-large-files": N_("Please send at most {most} MB at once."),
    "no-room-for-files": N_("There is no room for more files here at the moment. Please write without them."),
    "kind-of-file": N_(
        "{name} is of a kind that is not taken. Pictures (PNG, JPEG, WebP, GIF), PDF and plain text are."
    ),
    "broken-file": N_(
        "{name} is damaged, protected or too large to be read. "
        "Pictures (PNG, JPEG, WebP, GIF), PDF and plain text are taken."
    ),
    "files-in-thread": N_("Files are not taken from Slack. Please send it from the desk, with your words."),
    "not-a-picture": N_("Please choose a picture that can be read: PNG, JPEG, WebP or GIF."),
    "bad-slug": N_("Please use small letters, digits and hyphens between them, at most 63 in all."),
    "bad-colour": N_("Please write a colour as # and six digits or letters up to f, such as #2f5bd3."),
    "bad-channel": N_("Please write the channel's ID, which begins with C or G, such as C0123ABCD45."),
    "unknown-channel": N_("Slack listed no channel {name}. Read the list anew, or write the channel's ID."),
    "too-many-departments": N_("A helpdesk has at most {most} departments."),
    "too-many-answers": N_("A helpdesk keeps at most {most} answer templates."),
    "unknown-place": N_("{place} is none of the places that we fill. These are: {known}"),
    # keys of the payment processor
    "not-a-key": N_("This is no secret key. It begins with rk_live_, rk_test_, sk_live_ or sk_test_."),
    "publishable-key": N_("This is the publishable key. Please enter a restricted key, or the secret one."),
    "same-key": N_("This key is connected already."),
    "not-a-signing-secret": N_("This is no signing secret. It begins with whsec_."),
    # the path of an account, and its own domain
    "not-a-directory": N_("Please use the letters a to z, digits and hyphens, with no hyphen at either end."),
    "reserved": N_("“{word}” is needed for pages of our own. Please choose another."),
    "not-a-host": N_("This is no host name. Please enter one such as billing.example.com, without a path."),
    "without-a-dot": N_("Please enter the whole name, such as billing.example.com."),
    "address-not-a-name": N_("This is a network address. Please enter a name such as billing.example.com."),
    "only-here": N_("This name means something else on every machine, so nobody could find you by it."),
    "ours": N_("This name is ours, or stands below it. Please enter one that belongs to you."),
    "one-at-a-time": N_("You already have {host}. Please remove it first."),
}

# Stable codes of failed operations, ours and the processor's own.
FAILURE: Mapping[str, str] = {
    "unknown": N_("The payment processor did not say why."),
    "never_arrived": N_(
        "The payment processor never received it, so nothing happened. It can be tried again."
    ),
    "charge_disputed": N_("The payment is disputed at the bank, which decides about the money now."),
    "charge_for_pending_refund_disputed": N_(
        "The payment was disputed at the bank while the refund was under way."
    ),
    "charge_already_refunded": N_("The payment had already been refunded."),
    "insufficient_funds": N_("The merchant's balance at the payment processor was too low."),
    "balance_insufficient": N_("The merchant's balance at the payment processor was too low."),
    "expired_or_canceled_card": N_("The card it was paid with has expired or was canceled."),
    "lost_or_stolen_card": N_("The card it was paid with was reported lost or stolen."),
    "declined": N_("The bank declined it."),
    "merchant_request": N_("The refund was stopped at the payment processor."),
    "canceled": N_("The refund was stopped at the payment processor."),
    "resource_missing": N_("The payment processor does not know this payment or subscription."),
    "amount_too_large": N_("The payment processor has less left of this payment than was asked for."),
    "amount_not_possible": N_(
        "The payment processor cannot move this amount: in this currency it counts in larger units."
    ),
    "not_as_asked": N_(
        "The subscription ends at a date that was set at the payment processor. Please change it there."
    ),
    "parameter_mismatch": N_("The payment processor remembers this differently. Somebody must look into it."),
    "already_canceled": N_("The subscription had already ended."),
    "refunded_elsewhere": N_("The money had gone back at the payment processor itself."),
    "no_processor": N_("It was not paid through a processor that we can reach."),
}

STEP: Mapping[str, str] = {
    "request.asked": N_("{who} sent the request."),
    "request.approved": N_("{who} approved the request."),
    "request.half_approved": N_("{who} said yes. A second person must say yes as well."),
    "request.denied": N_("{who} denied the request."),
    "request.withdrawn": N_("{who} withdrew the request."),
    "request.retried": N_("{who} tried it again."),
    "request.held": N_("The payment is disputed at the bank. The request waits until the bank has decided."),
    "request.unheld": N_("The bank has decided for the merchant. The request can be decided again."),
    "request.lost_to_bank": N_(
        "The bank has given the customer the money back. There is nothing left to refund, so it is closed."
    ),
    "request.overtaken": N_("What was asked for has happened at the payment processor itself."),
    "request.done_elsewhere": N_("It was done at the payment processor itself, so the request is closed."),
    "request.reversed_elsewhere": N_(
        "The refund made at the payment processor itself was taken back: {failure}"
    ),
    "request.refunded_beside": N_("Another part was refunded at the payment processor itself."),
    "request.dispute_inquiry": N_("The bank asks about the payment. No money was taken."),
    "request.dispute_open": N_("The payment is disputed at the bank."),
    "request.dispute_won": N_("The bank has decided for the merchant."),
    "request.dispute_lost": N_("The bank has decided for the customer."),
    "operation.sent": N_("It was sent to the payment processor."),
    "operation.unknown": N_("The payment processor's answer was lost; we are checking what happened."),
    "operation.unknown_for_long": N_(
        "For an hour it is not known whether it was done. Please look at the payment processor."
    ),
    "operation.key_mismatch": N_(
        "The payment processor knows our key with other contents, so nothing is sent any more. "
        "Please look there whether it was done."
    ),
    "operation.not_permitted": N_(
        "The key to the payment processor may not do this. It waits, and is done once that is allowed."
    ),
    "operation.succeeded": N_("The payment processor carried it out."),
    "operation.failed": N_("It failed: {failure}"),
    "operation.reversed": N_("The payment processor took it back later: {failure}"),
    "ticket.opened": N_("{who} opened the ticket."),
    "ticket.replied": N_("{who} replied."),
    "ticket.asked": N_("{who} asked the customer."),
    "ticket.assigned": N_("{who} gave the ticket to {whom}."),
    "ticket.unassigned": N_("{who} gave the ticket to nobody."),
    "ticket.snoozed": N_("{who} snoozed this until {until}."),
    "ticket.woken": N_("{who} ended the snooze."),
    "ticket.woke": N_("The snooze is over: this waits again."),
    "ticket.noted": N_("{who} wrote a note."),
    "ticket.closed": N_("{who} closed the ticket."),
    "ticket.reopened": N_("{who} opened the ticket again."),
}

# The same steps where an amount of money is what they are about.
_STEP_OF_MONEY: Mapping[str, str] = {
    "request.asked": N_("{who} asked for a refund of {amount}."),
    "request.approved": N_("{who} approved a refund of {amount}."),
    "request.half_approved": N_(
        "{who} said yes to a refund of {amount}. A second person must say yes to the same amount."
    ),
    "request.denied": N_("{who} denied a refund of {amount}."),
    "operation.sent": N_("The refund of {amount} was sent to the payment processor."),
    "operation.unknown_for_long": N_(
        "For an hour it is not known whether {amount} went back. Please look at the payment processor."
    ),
    "request.done_elsewhere": N_(
        "{amount} went back at the payment processor itself, so the request is closed."
    ),
    "request.reversed_elsewhere": N_(
        "The refund of {amount} made at the payment processor itself was taken back: {failure}"
    ),
    "request.refunded_beside": N_("{amount} more went back at the payment processor itself."),
    "request.dispute_inquiry": N_("The bank asks about {amount} of the payment. No money was taken."),
    "request.dispute_open": N_("{amount} of the payment are disputed at the bank."),
    "request.dispute_won": N_("The bank has decided about {amount} for the merchant."),
    "request.dispute_lost": N_("The bank has decided about {amount} for the customer."),
    "operation.succeeded": N_("The payment processor refunded {amount}."),
    "operation.failed": N_("The refund of {amount} failed: {failure}"),
    "operation.reversed": N_("The payment processor took the refund of {amount} back later: {failure}"),
}

# The same steps where staff acted for a customer.
_STEP_FOR: Mapping[str, str] = {
    "request.asked": N_("{who} sent the request for {customer}."),
    "request.withdrawn": N_("{who} withdrew the request for {customer}."),
}
_STEP_OF_MONEY_FOR: Mapping[str, str] = {
    "request.asked": N_("{who} asked for a refund of {amount} for {customer}."),
}

# Of what was asked for, only a part.
_STEP_OF_PART: Mapping[str, str] = {
    "request.approved": N_("{who} approved a refund of {amount} of the {asked} that was asked for."),
    "request.half_approved": N_(
        "{who} said yes to a refund of {amount} of the {asked} that was asked for. "
        "A second person must say yes to the same amount."
    ),
}

_FAILED_STEPS = frozenset({"operation.failed", "operation.reversed", "request.reversed_elsewhere"})


def sentence(refusal: Refusal, say: Translator) -> str:
    """What a person reads when a use case said no."""
    if isinstance(refusal, Invalid) and refusal.code == Invalid.code:
        return say.text(PROBLEM.get(refusal.problem, PROBLEM["invalid"]), **_spoken(refusal.data, say))
    return sentence_of(refusal.code, refusal.data, say)


def sentence_of(code: str, data: Mapping[str, object], say: Translator) -> str:
    """The same from a refusal's code and data, e.g. as an outbox message carries them."""
    if "why" in data and (told := _why(code, str(data["why"]), say)):
        return told
    if code == "in-use" and data.get("what") in IN_USE:
        return say.text(IN_USE[str(data["what"])], **_spoken(data, say))
    if code == "not-in-plan" and data.get("limit"):
        return say.text(ROOM[Counted(str(data["what"]))], **_spoken(data, say))
    if code == "too-many" and "retry_after" in data:
        return _too_many(int(str(data["retry_after"])), say)
    return say.text(SENTENCE.get(code, SENTENCE["refused"]), **_spoken(data, say))


def _why(code: str, why: str, say: Translator) -> str:
    """Of a refusal that has a sentence for each cause; else empty."""
    match code:
        case "not-offered":
            return label(Blocked(why), say)
        case "not-in-bulk":
            return label(Alone(why), say)
        case "not-for-guests":
            return say.text(NOT_FOR[Outsider(why)])
        case _:
            return ""


def _too_many(seconds: int, say: Translator) -> str:
    minutes = max(1, -(-seconds // 60))
    return say.plural(
        "That was too many tries. Please try again in {n} minute.",
        "That was too many tries. Please try again in {n} minutes.",
        minutes,
    )


def _spoken(data: Mapping[str, object], say: Translator) -> dict[str, object]:
    """Members of our enums become their labels; the translator spells the rest."""
    return {
        name: label(fact, say) if isinstance(fact, StrEnum) and type(fact) in LABELS else fact
        for name, fact in data.items()
    }


def failure_sentence(failure: str, say: Translator) -> str:
    """Why an operation failed; codes that nobody has words for yet are shown as they are."""
    known = FAILURE.get(failure)
    return say.text(known) if known else say.text(N_("The payment processor said “{code}”."), code=failure)


def event_sentence(entry: Entry, say: Translator) -> str:
    """One step of a request or ticket, with who did it and what it was about."""
    return step_sentence(entry.verb, entry.facts, entry.by_name, say)


def step_sentence(verb: str, told: Facts, who: str, say: Translator) -> str:
    """The same from a verb of STEP and the facts that were kept of it; `who` empty is Selfbill itself."""
    facts: dict[str, object] = {"who": who or say.text(N_("Selfbill"))}
    if "amount_minor" in told:
        currency = Currency(str(told["currency"]))
        facts["amount"] = Money(int(str(told["amount_minor"])), currency)
        if "asked_minor" in told:
            facts["asked"] = Money(int(str(told["asked_minor"])), currency)
    facts["until"] = datetime.fromisoformat(str(told["until"])) if "until" in told else "…"
    if "whom" in told:
        facts["whom"] = str(told["whom"])
    if verb in _FAILED_STEPS:
        facts["failure"] = failure_sentence(str(told.get("failure") or "unknown"), say)
    steps = {**STEP, **_STEP_OF_MONEY} if "amount" in facts else STEP
    if "asked" in facts:
        steps = {**steps, **_STEP_OF_PART}
    if "for_customer" in told:
        facts["customer"] = told["for_customer"]
        steps = {**steps, **_STEP_FOR, **(_STEP_OF_MONEY_FOR if "amount" in facts else {})}
    return say.text(steps[verb], **facts)
