"""Merchants' own words by language: who keeps them, what they may hold, and which of them a reader reads."""

import pytest

from billing import answers, merchant_texts
from billing.errors import Forbidden, Invalid, NotFound, Stale
from billing.ids import TemplateId, new_id
from billing.merchant import EVERY
from billing.merchant_texts import TextSubject, find_text, put_text, read_text, remove_text
from billing.states import TextKind
from billing.text_places import MOST_SIGNATURE, MailKind, Place, fill_places, most_of, places_of
from billing.texts import MOST_TEXT
from billing.versions import version_of
from portal.forms import new_once_key
from tests.billing.bench import Bench
from tests.people import dana, erin, frank, grace, heidi

POLICY, MAIL = TextKind.REFUND_POLICY, TextKind.MAIL


async def put(bench: Bench, language: str, text: str, kind: TextKind = POLICY, about: str = "") -> None:
    await put_text(bench.ctx, kind, about, language, text=text, by=bench.staff(erin))


async def found(bench: Bench, language: str, kind: TextKind = POLICY, about: str = "") -> str:
    async with bench.ctx.read(bench.lumen.id) as work:
        return await find_text(work, kind, about, language)


async def test_a_reader_gets_their_language_else_the_one_for_all_else_nothing(bench: Bench) -> None:
    assert await found(bench, "de") == ""
    await put(bench, "de", "Nach 14 Tagen")
    assert [await found(bench, each) for each in ("de", "ja")] == ["Nach 14 Tagen", ""]
    await put(bench, EVERY, "After 14 days")
    assert [await found(bench, each) for each in ("de", "ja")] == ["Nach 14 Tagen", "After 14 days"]
    await remove_text(bench.ctx, POLICY, "", "de", by=bench.staff(dana))
    assert await found(bench, "de") == "After 14 days"
    assert await found(bench, "de", MAIL, MailKind.DONE) == ""


async def test_a_welcome_and_an_answer_fall_back_to_where_they_are_kept(bench: Bench) -> None:
    desk, by = bench.world.desk, bench.staff(erin)
    answer = await answers.add_answer(
        bench.ctx, desk.id, name="Late", text="Too late.", by=by, once_key=new_once_key()
    )
    assert await found(bench, "de", TextKind.ANSWER, answer.id.hex) == "Too late."
    await put(bench, "de", "Zu spät: {product}", TextKind.ANSWER, answer.id.hex)
    await put(bench, "de", "Willkommen bei {merchant}", TextKind.WELCOME, desk.id.hex)
    assert await found(bench, "de", TextKind.ANSWER, answer.id.hex) == "Zu spät: {product}"
    assert await found(bench, "fr", TextKind.WELCOME, desk.id.hex) == desk.welcome
    read = await read_text(bench.ctx, bench.lumen, TextKind.WELCOME, desk.id.hex, "de")
    assert read == f"Willkommen bei {bench.lumen.name}"
    agent = bench.staff(frank)
    offered = await answers.list_answers(bench.ctx, desk.id, by=agent, language="de")
    assert [each.text for each in offered] == ["Zu spät: {product}"]
    assert [each.text for each in await answers.list_answers(bench.ctx, desk.id, by=agent)] == ["Too late."]
    await answers.drop_answer(bench.ctx, answer.id, by=by)
    async with bench.ctx.read(bench.lumen.id) as work:
        assert [each.kind for each in await work.words.list_texts()] == [TextKind.WELCOME]


@pytest.mark.parametrize(
    ("kind", "about", "text", "problem"),
    [
        (POLICY, "", "  ", "missing"),
        (POLICY, "", "x" * (MOST_TEXT + 1), "too-long"),
        (TextKind.SIGNATURE, "", "x" * (MOST_SIGNATURE + 1), "too-long"),
        (POLICY, "", "Back in {days} days", "unknown-place"),
        (POLICY, "", "Von { product }", "unknown-place"),
        (POLICY, "", "{Händler}", "unknown-place"),
        (POLICY, "", "{المتجر}", "unknown-place"),
        (TextKind.SIGNATURE, "", "Dear {customer_name}", "unknown-place"),
        (MAIL, MailKind.CODE, "{reference}", "unknown-place"),
    ],
)
async def test_what_is_refused(bench: Bench, kind: TextKind, about: str, text: str, problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        await put(bench, "de", text, kind, about)
    assert (refused.value.field, refused.value.problem) == ("text", problem)
    if problem == "unknown-place":
        known = " ".join(each.written for each in places_of(kind, about))
        assert refused.value.data["known"] == known


@pytest.mark.parametrize(
    "text", ["a { b", "}{", "{}", "{ }", "{{product}}", "100 % {0:>9", "{a b}", "%(product)s"]
)
async def test_braces_that_are_no_places_stay(bench: Bench, text: str) -> None:
    await put(bench, EVERY, text)
    assert await read_text(bench.ctx, bench.lumen, POLICY, "", "en", product="X") == text.replace(
        "{product}", "X"
    )


def test_what_a_fact_holds_is_never_read_again() -> None:
    facts = {Place.PRODUCT: "{merchant} {{", Place.MERCHANT: "{product}"}
    assert fill_places("{product}|{merchant}|{amount}", facts) == "{merchant} {{|{product}|{amount}"


@pytest.mark.parametrize("kind", TextKind)
def test_every_kind_says_its_places_and_its_length(kind: TextKind) -> None:
    abouts = [each.value for each in MailKind] if kind is MAIL else [""]
    assert all(Place.MERCHANT in places_of(kind, each) or kind is TextKind.ANSWER for each in abouts)
    assert most_of(kind) <= MOST_TEXT


async def test_managers_keep_them_and_nobody_else(bench: Bench) -> None:
    await put(bench, "de", "Nach 14 Tagen")
    for person in (frank, grace):
        by = bench.staff(person)
        for refused in (
            merchant_texts.list_texts(bench.ctx, by=by),
            merchant_texts.show_text(bench.ctx, POLICY, "", by=by),
            put_text(bench.ctx, POLICY, "", "de", text="x", by=by),
            remove_text(bench.ctx, POLICY, "", "de", by=by),
        ):
            with pytest.raises(Forbidden):
                await refused
    rival = await merchant_texts.show_text(bench.ctx, POLICY, "", by=bench.staff(heidi))
    assert rival.texts == ()


async def test_texts_of_nothing_and_of_others_are_not_found(bench: Bench) -> None:
    desk, stranger = bench.world.desk.id.hex, bench.staff(heidi)
    with pytest.raises(NotFound):
        await put_text(bench.ctx, TextKind.WELCOME, desk, "de", text="x", by=stranger)
    for kind, about in (
        (TextKind.WELCOME, new_id(TemplateId).hex),
        (TextKind.ANSWER, desk),
        (TextKind.WELCOME, ""),
        (MAIL, "letters"),
        (POLICY, desk),
        (TextKind.SIGNATURE, "x"),
    ):
        with pytest.raises(NotFound):
            await put(bench, "de", "x", kind, about)


async def test_nobody_overwrites_unseen(bench: Bench) -> None:
    by, ctx = bench.staff(erin), bench.ctx
    none = version_of(None)
    first = await put_text(ctx, POLICY, "", "de", text="Eins", by=by, seen=none)
    with pytest.raises(Stale):
        await put_text(ctx, POLICY, "", "de", text="Zwei", by=by, seen=none)
    with pytest.raises(Stale):
        await remove_text(ctx, POLICY, "", "de", by=by, seen=none)
    second = await put_text(ctx, POLICY, "", "de", text="Zwei", by=by, seen=version_of(first))
    await remove_text(ctx, POLICY, "", "de", by=by, seen=version_of(second))
    await remove_text(ctx, POLICY, "", "de", by=by, seen=none)  # gone already
    assert await found(bench, "de") == ""


async def test_the_journal_names_text_and_language_and_never_the_words(bench: Bench) -> None:
    desk = bench.world.desk
    await put(bench, "de", "Geheim", TextKind.WELCOME, desk.id.hex)
    await put(bench, "de", "Geheim", TextKind.WELCOME, desk.id.hex)  # the same again is no deed
    await put(bench, EVERY, "Secret", MAIL, MailKind.DONE)
    await remove_text(bench.ctx, MAIL, MailKind.DONE, EVERY, by=bench.staff(dana))
    of_desk = [each for each in await bench.lines(f"helpdesk:{desk.id.hex}") if "text" in each.verb]
    of_account = [each for each in await bench.lines(f"account:{bench.lumen.id.hex}") if "text" in each.verb]
    assert [each.facts for each in of_desk] == [{"text": "welcome", "about": desk.name, "language": "de"}]
    assert sorted(each.verb for each in of_account) == ["text.changed", "text.removed"]
    assert all(each.facts == {"text": "mail", "about": "done", "language": ""} for each in of_account)


async def test_the_list_names_all_there_is_to_say(bench: Bench) -> None:
    await put(bench, "de", "Danke", TextKind.SIGNATURE)
    listed = await merchant_texts.list_texts(bench.ctx, by=bench.staff(dana))
    kinds = [each.kind for each in listed]
    assert kinds.count(MAIL) == len(MailKind)
    assert {POLICY, TextKind.SIGNATURE, TextKind.WELCOME} <= set(kinds)
    (signature,) = [each for each in listed if each.kind is TextKind.SIGNATURE]
    text = signature.find("de")
    assert isinstance(signature, TextSubject)
    assert text is not None
    assert (text.text, signature.find("fr")) == ("Danke", None)
