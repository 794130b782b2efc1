"""What a merchant says in words of their own, per language: kept, found for a reader, never evaluated."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.errors import NotFound
from billing.ids import HelpdeskId, TemplateId, parse_id
from billing.merchant import MerchantText
from billing.ports import UnitOfWork
from billing.records import Account, Facts
from billing.rights import must_manage
from billing.states import TextKind
from billing.text_places import MailKind, Place, checked_places, fill_places, most_of, places_of
from billing.versions import must_be_seen

Setter = StaffActor | SystemActor
WITH_COLUMN = frozenset(
    {TextKind.WELCOME, TextKind.ANSWER}
)  # whose text for every language is kept elsewhere


@dataclass(frozen=True, slots=True)
class TextSubject:
    """Something that may be said once per language. `name`: the helpdesk's and the template's, or empty.

    `otherwise` is read where no language fits: the helpdesk's or the template's own text, kept there.
    """

    kind: TextKind
    about: str
    name: str
    otherwise: str
    helpdesk_id: HelpdeskId | None
    texts: tuple[MerchantText, ...]  # by language

    def find(self, language: str) -> MerchantText | None:
        """The text in exactly this language."""
        return next((each for each in self.texts if each.language == language), None)


async def find_text(work: UnitOfWork, kind: TextKind, about: str, language: str) -> str:
    """Within a use case: what this reader is to read, its places open (`text_places.fill_places`).

    In that language, else the text for every language, else the helpdesk's or template's own; else empty.
    """
    found = await work.words.find_text(kind, about, language)
    if found is not None:
        return found
    return await _otherwise(work, kind, about)


async def read_text(
    ctx: Context, account: Account, kind: TextKind, about: str, language: str, **facts: str
) -> str:
    """For a page: what this reader is to read, with the facts of these places and the merchant's name."""
    async with ctx.read(account.id) as work:
        text = await find_text(work, kind, about, language)
    known = {Place(name): fact for name, fact in facts.items()}
    return fill_places(text, {Place.MERCHANT: account.name, **known})


async def list_texts(ctx: Context, *, by: Setter) -> tuple[TextSubject, ...]:
    """All that may be said, for owners and managers; raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        kept = await work.words.list_texts()
        return tuple([_with(subject, kept) for subject in await _all_subjects(work)])


async def show_text(ctx: Context, kind: TextKind, about: str, *, by: Setter) -> TextSubject:
    """One of them with its languages, for owners and managers; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return _with(await _get_subject(work, kind, about), await work.words.list_texts())


async def put_text(
    ctx: Context,
    kind: TextKind,
    about: str,
    language: str,
    *,
    text: str,
    by: Setter,
    seen: str | None = None,
) -> MerchantText:
    """The words in this language from now on.

    Raises `Invalid` (text: missing, too-long, unknown-place), `Stale`, `NotFound`, `Forbidden`.
    """
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        subject = _with(await _get_subject(work, kind, about), await work.words.list_texts())
        text = checked_places("text", text, places_of(kind, about), most=most_of(kind))
        before = must_be_seen(subject.find(language), seen)
        if before is not None and before.text == text:
            return before
        after = MerchantText(by.account_id, kind, about, language, text, ctx.now())
        await work.words.put_text(after)
        await _tell(ctx, work, subject, language, "text.changed", by=by)
        return after


async def remove_text(
    ctx: Context, kind: TextKind, about: str, language: str, *, by: Setter, seen: str | None = None
) -> None:
    """Its readers read the one for every language again. Raises `Stale`, `NotFound`, `Forbidden`."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        subject = _with(await _get_subject(work, kind, about), await work.words.list_texts())
        if must_be_seen(subject.find(language), seen) is None:
            return  # it is as they want it
        await work.words.drop_text(kind, about, language)
        await _tell(ctx, work, subject, language, "text.removed", by=by)


def _with(subject: TextSubject, kept: Sequence[MerchantText]) -> TextSubject:
    own = [each for each in kept if (each.kind, each.about) == (subject.kind, subject.about)]
    return TextSubject(
        subject.kind, subject.about, subject.name, subject.otherwise, subject.helpdesk_id, tuple(own)
    )


def _plain(kind: TextKind, about: str = "") -> TextSubject:
    return TextSubject(kind, about, "", "", None, ())


async def _all_subjects(work: UnitOfWork) -> list[TextSubject]:
    found = [_plain(TextKind.REFUND_POLICY)]
    for helpdesk in await work.helpdesks.list():
        if helpdesk.archived_at is None:
            about = helpdesk.id.hex
            found.append(
                TextSubject(TextKind.WELCOME, about, helpdesk.name, helpdesk.welcome, helpdesk.id, ())
            )
            found += [
                TextSubject(TextKind.ANSWER, each.id.hex, each.name, each.text, helpdesk.id, ())
                for each in await work.answers.list(helpdesk.id)
            ]
    found += [_plain(TextKind.MAIL, each.value) for each in MailKind]
    return [*found, _plain(TextKind.SIGNATURE)]


async def _get_subject(work: UnitOfWork, kind: TextKind, about: str) -> TextSubject:
    match kind:
        case TextKind.WELCOME:
            helpdesk = await work.helpdesks.get(parse_id(HelpdeskId, about))
            return TextSubject(kind, about, helpdesk.name, helpdesk.welcome, helpdesk.id, ())
        case TextKind.ANSWER:
            answer = await work.answers.get(parse_id(TemplateId, about))
            return TextSubject(kind, about, answer.name, answer.text, answer.helpdesk_id, ())
        case TextKind.MAIL if about in set(MailKind):
            return _plain(kind, about)
        case TextKind.REFUND_POLICY | TextKind.SIGNATURE if not about:
            return _plain(kind)
    raise NotFound


async def _otherwise(work: UnitOfWork, kind: TextKind, about: str) -> str:
    """Only of what has a text of its own is anything read."""
    return (await _get_subject(work, kind, about)).otherwise if kind in WITH_COLUMN else ""


async def _tell(
    ctx: Context, work: UnitOfWork, subject: TextSubject, language: str, verb: str, *, by: Setter
) -> None:
    """Which text and which language; never the words."""
    facts: Facts = {"text": subject.kind.value, "about": subject.name or subject.about, "language": language}
    where = f"helpdesk:{subject.helpdesk_id.hex}" if subject.helpdesk_id else f"account:{by.account_id.hex}"
    await work.journal.write(by, verb, where, at=ctx.now(), facts=facts)
