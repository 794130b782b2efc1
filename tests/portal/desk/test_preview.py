"""The preview is made by the policy that customers meet."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from billing.accounts import first_self_billing
from billing.ids import HelpdeskId, new_id
from billing.money import Currency
from billing.records import SelfBilling
from billing.states import AskCode, CancelWhen, Handling
from locales.translator import get_translator
from portal.views.desk.preview import Preview, make_preview
from tests.portal.customer.drawn import ACCOUNT

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SETTINGS = first_self_billing(ACCOUNT, None, Handling.AUTOMATED)
DESK = new_id(HelpdeskId)


def preview(settings: SelfBilling, *, is_shown: bool = True) -> Preview:
    return make_preview(ACCOUNT, settings, get_translator("en"), now=NOW, is_shown=is_shown)


@pytest.mark.parametrize("how", [None, Handling.AUTOMATED, Handling.MANUAL])
def test_what_is_offered_follows_the_settings(how: Handling | None) -> None:
    shown = preview(replace(SETTINGS, refund=how, cancel=how, ticket_helpdesk_id=DESK, invoices=how is None))
    course, club = shown.modules
    assert club.agreement is not None
    assert club.agreement.may_cancel is (how is not None)
    assert {line.may_refund for line in (*course.lines, *club.lines)} == {how is not None}
    assert {line.may_invoice for line in (*course.lines, *club.lines)} == {how is None}
    if how is None:
        assert (shown.refund, shown.cancel) == (None, None)
    else:
        assert shown.refund is not None
        assert shown.cancel is not None
        assert shown.refund.is_automated is not shown.cancel.is_manual


def test_when_a_cancellation_takes_effect_is_read_before_it() -> None:
    now = preview(replace(SETTINGS, cancel_when=CancelWhen.NOW)).cancel
    later = preview(SETTINGS).cancel
    assert now is not None
    assert later is not None
    assert (now.is_now, later.is_now, later.ends_at is not None) == (True, False, True)


def test_manual_without_a_helpdesk_says_that_nothing_is_offered() -> None:
    shown = preview(replace(SETTINGS, refund=Handling.MANUAL))
    assert (shown.needs_helpdesk, shown.refund) == (True, None)
    assert not preview(SETTINGS).needs_helpdesk


def test_a_surface_that_hides_billing_shows_no_orders() -> None:
    shown = preview(replace(SETTINGS, refund=Handling.MANUAL), is_shown=False)
    assert (shown.modules, shown.refund, shown.cancel, shown.needs_helpdesk) == ((), None, None, False)


def test_the_code_is_told_for_what_is_allowed() -> None:
    assert (preview(SETTINGS).code_before_documents, preview(SETTINGS).code_before_refund) == (True, True)
    at_sign_in = preview(replace(SETTINGS, code_for_card=AskCode.AT_SIGN_IN))
    assert (at_sign_in.code_at_sign_in, at_sign_in.code_before_refund) == (True, False)
    off = preview(replace(SETTINGS, refund=None, invoices=False))
    assert (off.code_before_documents, off.code_before_refund) == (False, False)


@pytest.mark.parametrize(("code", "minor"), [("JPY", 149), ("USD", 14900), ("KWD", 149000)])
def test_amounts_are_in_the_accounts_own_currency(code: str, minor: int) -> None:
    account = replace(ACCOUNT, currency=Currency(code))
    shown = make_preview(account, SETTINGS, get_translator("en"), now=NOW)
    assert shown.modules[0].lines[0].amount.minor == minor
