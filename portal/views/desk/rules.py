"""The rules of deciding: above what amount it takes two people, and up to what many are decided at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from billing.deciding_rules import rules_version, set_deciding_rules, show_deciding_rules
from billing.errors import Invalid, Stale
from billing.money import Money
from billing.records import Account
from billing.rights import must_be_proved
from locales.translator import N_
from portal.amounts import read_amount, typed_amount
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk.meanwhile import Differences, as_typed, find_differences

_LABELS: Mapping[str, str] = {
    "two_people_above": N_("Two people above"),
    "bulk_up_to": N_("Many at once up to"),
}


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The form; an empty amount is off."""

    section: str
    currency: str
    form: Form
    seen: str
    stale: Differences | None
    saved: str


async def show(http: web.Request) -> web.Response:
    """As they are; takes a fresh proof, so that nothing typed is lost to it later."""
    must_be_proved(staff(http), http.app[CONTEXT].now())
    account = await show_deciding_rules(http.app[CONTEXT], by=staff(http))
    return _page(http, account, Form(_fields(account)))


async def save(http: web.Request) -> web.Response:
    """As typed; 409 with both values where somebody saved meanwhile."""
    form, ctx, by = read_form(http, "two_people_above", "bulk_up_to", "seen"), http.app[CONTEXT], staff(http)
    account = await show_deciding_rules(ctx, by=by)
    try:
        two, bulk = (read_amount(name, form.text(name), account.currency) for name in _LABELS)
        await set_deciding_rules(ctx, two, bulk, by=by, seen=form.text("seen"))
    except Invalid as refusal:
        return _page(http, account, form.refused(refusal, http[SAY]), seen=form.text("seen"), status=422)
    except Stale:
        account = await show_deciding_rules(ctx, by=by)
        labels = {name: http[SAY].text(text) for name, text in _LABELS.items()}
        stale = find_differences(form, _fields(account), labels, as_typed)
        return _page(http, account, form, stale=stale, status=409)
    raise see(http, "rules", saved="yes")


def _fields(account: Account) -> dict[str, str]:
    stored = (account.two_people_above_minor, account.bulk_up_to_minor)
    amounts = [None if minor is None else Money(minor, account.currency) for minor in stored]
    return {
        name: "" if amount is None else typed_amount(amount)
        for name, amount in zip(_LABELS, amounts, strict=True)
    }


def _page(
    http: web.Request,
    account: Account,
    form: Form,
    *,
    seen: str = "",
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    saved = http[SAY].text(N_("Saved.")) if http.query.get("saved") == "yes" else ""
    page = RulesPage(
        section="team",
        currency=account.currency.code,
        form=form,
        seen=seen or rules_version(account),
        stale=stale,
        saved=saved,
    )
    return render(http, "desk/rules.html", page, status=status)
