"""Shares of an invoice: credit notes of any refunds are all of it in the end, per line and per rate."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.documents.freezing import Frozen, freeze_share, with_lines
from billing.documents.records import SoldLine
from billing.documents.taxes import with_treatments
from billing.money import Currency

# With no digits, two and three.
_CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD"])
_LINES = st.lists(
    st.tuples(st.integers(0, 50_000), st.sampled_from([0, 7, 19]), st.integers(1, 3)), min_size=1, max_size=5
).filter(lambda lines: any(net for net, _, _ in lines))
_REFUNDS = st.lists(st.integers(1, 40_000), max_size=8)


def _invoice(lines: Sequence[tuple[int, int, int]], currency: str) -> Frozen:
    sold = [
        SoldLine(f"Line {i}", "", quantity, 0, net, (net * rate + 50) // 100, str(rate) if rate else None)
        for i, (net, rate, quantity) in enumerate(lines)
    ]
    assert Currency(currency)
    treated = with_treatments(sold, seller_id="DE123456789", buyer_id="", is_small_business=False)
    return with_lines({"version": 2, "currency": currency}, treated)


def _by(parts: Sequence[Mapping[str, Any]], *names: str) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Sums of net and tax."""
    sums: dict[tuple[Any, ...], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for part in parts:
        key = tuple(part[name] for name in names)
        sums[key] = (sums[key][0] + part["net_minor"], sums[key][1] + part["tax_minor"])
    return {key: both for key, both in sums.items() if any(both)}


@given(_LINES, _REFUNDS, _CURRENCIES)
def test_credit_notes_of_any_refunds_are_the_invoice_in_the_end(
    lines: list[tuple[int, int, int]], refunds: list[int], currency: str
) -> None:
    invoice: Any = _invoice(lines, currency)
    notes: list[Any] = []
    for refund in [*refunds, 10**9]:
        left = invoice["gross_minor"] - sum(note["gross_minor"] for note in notes)
        if not (amount := min(refund, left)):
            break
        note: Any = freeze_share(invoice, notes, amount)
        assert note["gross_minor"] == amount == note["net_minor"] + note["tax_minor"]
        assert all(line["net_minor"] >= 0 <= line["tax_minor"] for line in note["lines"])
        assert _by(note["taxes"], "treatment", "rate") == _by(note["lines"], "treatment", "tax_rate")
        notes.append(note)
    taken = [line for note in notes for line in note["lines"]]
    assert _by(taken, "place") == _by(invoice["lines"], "place")
    rates = [tax for note in notes for tax in note["taxes"]]
    assert _by(rates, "treatment", "rate") == _by(invoice["taxes"], "treatment", "rate")


def test_all_at_once_repeats_the_lines() -> None:
    invoice: Any = _invoice([(1000, 19, 3), (500, 7, 1)], "EUR")
    note: Any = freeze_share(invoice, [], invoice["gross_minor"])
    assert note == invoice
    part: Any = freeze_share(invoice, [], 100)
    assert [line["quantity"] for line in part["lines"]] == [1, 1]
