"""Answer templates: who keeps them, what they may hold, and how their places are filled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import answers
from billing.answers import MOST_ANSWERS
from billing.errors import Forbidden, Invalid, NotFound, Repeated, Stale
from billing.ids import TemplateId, new_id
from billing.merchant import AnswerTemplate
from billing.text_places import Place, fill_places
from billing.versions import version_of
from portal.forms import new_once_key
from tests.people import dana, erin, frank, grace, heidi
from tests.site import Site

TEXT = "Dear {customer_name}, we keep {amount} for {product} (order {order_id})."
FACTS = {
    Place.CUSTOMER_NAME: "Alice {product}",
    Place.PRODUCT: "{amount} %s {0}",
    Place.AMOUNT: "$149.00",
    Place.ORDER_ID: "40001001",
}


async def add(site: Site, name: str, text: str = TEXT) -> AnswerTemplate:
    """Erin's template in the helpdesk."""
    by, key = site.world.member(erin), new_once_key()
    return await answers.add_answer(site.ctx, site.world.desk.id, name=name, text=text, by=by, once_key=key)


async def test_a_manager_adds_changes_and_removes_one(site: Site) -> None:
    by, ctx, desk = site.world.member(erin), site.ctx, site.world.desk
    added = await add(site, " Too late ")
    await add(site, "Used up")
    changed = await answers.change_answer(
        ctx, added.id, name="Late", text="No.", by=by, seen=version_of(added)
    )
    with pytest.raises(Stale):
        await answers.change_answer(ctx, added.id, name="X", text="No.", by=by, seen=version_of(added))
    shown = await answers.show_answers(ctx, desk.id, by=by)
    assert [each.name for each in shown.answers] == ["Late", "Used up"]
    assert shown.answers[0] == changed == await answers.show_answer(ctx, added.id, by=by)
    await answers.drop_answer(ctx, added.id, by=site.world.member(dana))
    assert [each.name for each in await answers.list_answers(ctx, desk.id, by=by)] == ["Used up"]
    with pytest.raises(NotFound):
        await answers.drop_answer(ctx, added.id, by=by)
    async with ctx.read(by.account_id) as work:
        lines = await work.journal.list_of(f"helpdesk:{desk.id.hex}")
    verbs = [each.verb for each in lines if each.verb.startswith("answer.")]
    assert sorted(verbs) == ["answer.added", "answer.added", "answer.changed", "answer.dropped"]


async def test_who_decides_reads_them_and_managers_alone_keep_them(site: Site) -> None:
    added, ctx, desk = await add(site, "Too late"), site.ctx, site.world.desk
    agent, viewer, rival = (site.world.member(each) for each in (frank, grace, heidi))
    assert await answers.list_answers(ctx, desk.id, by=agent) == [added]
    assert await answers.list_answers(ctx, None, by=agent) == ()
    for refused in (
        answers.list_answers(ctx, desk.id, by=viewer),
        answers.show_answers(ctx, desk.id, by=agent),
        answers.change_answer(ctx, added.id, name="X", text="Y", by=agent),
        answers.drop_answer(ctx, added.id, by=agent),
    ):
        with pytest.raises(Forbidden):
            await refused
    assert await answers.list_answers(ctx, desk.id, by=rival) == []
    with pytest.raises(NotFound):
        await answers.show_answer(ctx, added.id, by=rival)


@pytest.mark.parametrize(
    ("name", "text", "field", "problem"),
    [
        ("", "No.", "name", "missing"),
        ("n" * 76, "No.", "name", "too-long"),
        ("too LATE", "No.", "name", "taken"),
        ("New", " ", "text", "missing"),
        ("New", "t" * 3001, "text", "too-long"),
        ("New", "Dear {costumer_name}", "text", "unknown-place"),
    ],
)
async def test_what_cannot_be_kept_is_said_beside_its_field(
    site: Site, name: str, text: str, field: str, problem: str
) -> None:
    await add(site, "Too late")
    with pytest.raises(Invalid) as refused:
        await add(site, name, text)
    assert (refused.value.field, refused.value.problem) == (field, problem)


async def test_a_form_sent_twice_adds_one(site: Site) -> None:
    key, by, desk = new_once_key(), site.world.member(erin), site.world.desk
    await answers.add_answer(site.ctx, desk.id, name="A", text="a", by=by, once_key=key)
    with pytest.raises(Repeated):
        await answers.add_answer(site.ctx, desk.id, name="A", text="a", by=by, once_key=key)


async def test_a_helpdesk_keeps_so_many_and_no_more(site: Site) -> None:
    async with site.ctx.begin(site.world.member(erin).account_id) as work:
        for number in range(MOST_ANSWERS):
            of = (site.world.member(erin).account_id, site.world.desk.id)
            await work.answers.add(AnswerTemplate(new_id(TemplateId), *of, f"Number {number}", "No."))
    with pytest.raises(Invalid) as refused:
        await add(site, "One more")
    assert refused.value.problem == "too-many-answers"


def test_what_a_fact_holds_is_never_read_again() -> None:
    assert fill_places(TEXT, FACTS) == (
        "Dear Alice {product}, we keep $149.00 for {amount} %s {0} (order 40001001)."
    )
    assert fill_places(TEXT, {Place.AMOUNT: "$1"}).startswith(
        "Dear {customer_name}, we keep $1 for {product}"
    )
    odd = "{} {0} {product.name} {product!r} {{product}} %(product)s $product {PRODUCT}"
    assert fill_places(odd, FACTS) == odd.replace("{{product}}", "{{amount} %s {0}}")


@given(st.text())
def test_nothing_but_places_is_changed(typed: str) -> None:
    assert fill_places(typed, {}) == typed
    told = fill_places(typed, dict.fromkeys(Place, "·"))
    assert told == typed or any(each.written in typed for each in Place)
