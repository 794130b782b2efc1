"""Answers that a helpdesk keeps ready: templates with a fixed list of places, filled by our own replacer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.errors import Forbidden, Invalid
from billing.ids import HelpdeskId, TemplateId, new_id
from billing.merchant import EVERY, AnswerTemplate
from billing.policy import can_decide
from billing.ports import UnitOfWork
from billing.records import Facts, Helpdesk
from billing.rights import must_manage
from billing.states import TextKind
from billing.text_places import ANSWER_PLACES, checked_places
from billing.texts import checked_text
from billing.versions import must_be_seen

Setter = StaffActor | SystemActor
MOST_NAME = 75
MOST_ANSWERS = 30


@dataclass(frozen=True, slots=True)
class ReadyAnswers:
    """A helpdesk's templates, in the order in which they were added."""

    helpdesk: Helpdesk
    answers: tuple[AnswerTemplate, ...]


async def show_answers(ctx: Context, helpdesk_id: HelpdeskId, *, by: Setter) -> ReadyAnswers:
    """For owners and managers, who keep them; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        helpdesk = await work.helpdesks.get(helpdesk_id)
        return ReadyAnswers(helpdesk, tuple(await work.answers.list(helpdesk_id)))


async def show_answer(ctx: Context, template_id: TemplateId, *, by: Setter) -> AnswerTemplate:
    """One of them, for owners and managers; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await work.answers.get(template_id)


async def list_answers(
    ctx: Context, helpdesk_id: HelpdeskId | None, *, by: StaffActor, language: str = EVERY
) -> Sequence[AnswerTemplate]:
    """What somebody who decides may answer a customer who reads this language with; none without a helpdesk.

    Raises `Forbidden` for a viewer.
    """
    if helpdesk_id is None:
        return ()
    async with ctx.read(by.account_id) as work:
        if not can_decide(await work.staff.get(by.staff_id)):
            raise Forbidden
        answers = await work.answers.list(helpdesk_id)
        subjects = [each.id.hex for each in answers]
        own = await work.words.find_texts(TextKind.ANSWER, subjects, language) if answers else {}
    return [replace(each, text=own.get(each.id.hex, each.text)) for each in answers]


async def add_answer(
    ctx: Context, helpdesk_id: HelpdeskId, *, name: str, text: str, by: Setter, once_key: str
) -> AnswerTemplate:
    """One more; raises `Invalid` (name: missing, too-long, taken, too-many-answers; text), `Repeated`."""
    name, text = _checked(name, text)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        answer = AnswerTemplate(new_id(TemplateId), by.account_id, helpdesk_id, name, text)
        await work.once.claim(once_key, answer.id, at=ctx.now())
        await work.accounts.hold()
        await work.helpdesks.get(helpdesk_id)
        await _must_have_room(work, answer)
        await work.answers.add(answer)
        await _tell(ctx, work, answer, "answer.added", by=by)
        return answer


async def change_answer(
    ctx: Context, template_id: TemplateId, *, name: str, text: str, by: Setter, seen: str | None = None
) -> AnswerTemplate:
    """Other words, or another name; raises `Invalid` (name, text), `Stale`, `NotFound`."""
    name, text = _checked(name, text)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        before = must_be_seen(await work.answers.get(template_id), seen)
        after = replace(before, name=name, text=text)
        await _must_have_room(work, after)
        if after != before:
            await work.answers.save(after)
            await _tell(ctx, work, after, "answer.changed", by=by)
        return after


async def drop_answer(
    ctx: Context, template_id: TemplateId, *, by: Setter, seen: str | None = None
) -> AnswerTemplate:
    """It is not offered any more; what was answered with it stays. Raises `NotFound`, `Stale`."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        answer = must_be_seen(await work.answers.get(template_id), seen)
        await work.answers.drop(template_id)
        await work.words.drop_text(TextKind.ANSWER, template_id.hex)
        await _tell(ctx, work, answer, "answer.dropped", by=by)
        return answer


def _checked(name: str, text: str) -> tuple[str, str]:
    name = checked_text("name", name, most=MOST_NAME)
    return name, checked_places("text", text, ANSWER_PLACES)


async def _must_have_room(work: UnitOfWork, answer: AnswerTemplate) -> None:
    others = [each for each in await work.answers.list(answer.helpdesk_id) if each.id != answer.id]
    if answer.name.casefold() in {each.name.casefold() for each in others}:
        raise Invalid("name", "taken")
    if len(others) >= MOST_ANSWERS:
        raise Invalid("name", "too-many-answers", most=MOST_ANSWERS)


async def _tell(ctx: Context, work: UnitOfWork, answer: AnswerTemplate, verb: str, *, by: Setter) -> None:
    facts: Facts = {"name": answer.name}
    await work.journal.write(by, verb, f"helpdesk:{answer.helpdesk_id.hex}", at=ctx.now(), facts=facts)
