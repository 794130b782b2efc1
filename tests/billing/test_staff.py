"""The team: roles, limits, leaving and coming back; invitations, used once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from billing import joining, signin, staff, staff_signin
from billing.actors import StaffActor, SystemActor
from billing.errors import (
    Conflict,
    Forbidden,
    InUse,
    Invalid,
    NotFound,
    NotInPlan,
    ProofNeeded,
    Stale,
    TooMany,
)
from billing.ids import StaffId, new_id
from billing.merchant import Invitation
from billing.messages import InvitationMail
from billing.signin import SignedIn
from billing.staff import Terms
from billing.states import PlanName, Role
from billing.versions import version_of
from storage.tables.accounts import accounts
from storage.tables.accounts import staff as people
from storage.tables.ledger import journal, outbox
from storage.tables.team import invitations
from tests.billing.bench import Bench, patiently
from tests.people import StaffPerson, dana, erin, frank, grace, heidi

OWN_WORDS = "teal otter hums under ferns"


def proved(bench: Bench, who: StaffPerson = dana) -> StaffActor:
    return replace(bench.staff(who), proved_at=bench.clock())


def id_of(bench: Bench, who: StaffPerson) -> StaffId:
    return bench.world.staff[who.name]


async def sign_in(bench: Bench, who: StaffPerson) -> SignedIn:
    return await staff_signin.sign_in_staff(
        bench.ctx, bench.lumen.id, email=who.email, password=who.password, client=who.name, trace_id="t"
    )


async def invite(bench: Bench, email: str = "ivan@example.com", role: Role = Role.AGENT) -> Invitation:
    return await joining.invite_staff(
        bench.ctx, email=email, name="Ivan", terms=Terms(role, None), locale="en", by=proved(bench)
    )


async def tokens(bench: Bench) -> list[str]:
    """What was mailed, oldest first."""
    rows = await bench.rows(
        select(outbox.c.payload)
        .where(outbox.c.kind == InvitationMail.kind)
        .order_by(outbox.c.put_at, outbox.c.place)
    )
    return [bench.ctx.vault.unseal(payload["token"]) for (payload,) in rows]


async def accept(bench: Bench, token: str, *, password: str = OWN_WORDS, name: str = "Ivan") -> SignedIn:
    return await joining.accept_invitation(
        bench.ctx,
        bench.lumen.id,
        token=token,
        name=name,
        password=password,
        locale="en",
        client="c",
        trace_id="t",
    )


async def test_a_new_role_holds_and_is_in_the_journal(bench: Bench) -> None:
    member = await staff.show_member(bench.ctx, id_of(bench, frank), by=proved(bench))
    changed = await staff.change_terms(
        bench.ctx,
        id_of(bench, frank),
        Terms(Role.MANAGER, None),
        seen=version_of(member.terms),
        by=proved(bench),
    )
    assert (changed.role, changed.limit_minor) == (Role.MANAGER, None)
    line = (await bench.lines(f"staff:{id_of(bench, frank).hex}"))[-1]
    assert line.verb == "staff.changed"
    assert line.facts["role_before"] == "agent"
    assert line.facts["limit_minor_before"] == frank.limit_minor


async def test_a_stale_form_changes_nothing_and_brings_theirs(bench: Bench) -> None:
    seen = version_of(Terms(Role.AGENT, 1))
    with pytest.raises(Stale) as refused:
        await staff.change_terms(
            bench.ctx, id_of(bench, frank), Terms(Role.VIEWER, None), seen=seen, by=proved(bench)
        )
    assert refused.value.data["theirs"] == Terms(Role.AGENT, frank.limit_minor)


@pytest.mark.parametrize("terms", [Terms(Role.VIEWER, 100), Terms(Role.OWNER, 0), Terms(Role.AGENT, -1)])
async def test_a_limit_is_an_agents_and_not_below_zero(bench: Bench, terms: Terms) -> None:
    with pytest.raises(Invalid) as refused:
        await staff.change_terms(bench.ctx, id_of(bench, erin), terms, seen=None, by=proved(bench))
    assert refused.value.field == "limit"


def deeds(bench: Bench, whom: StaffId, by: StaffActor) -> list[Callable[[], Awaitable[Any]]]:
    """Everything that owners do to others."""
    ctx = bench.ctx
    return [
        lambda: staff.change_terms(ctx, whom, Terms(Role.VIEWER, None), seen=None, by=by),
        lambda: staff.deactivate_staff(ctx, whom, by=by),
        lambda: staff.reactivate_staff(ctx, whom, by=by),
        lambda: staff.reset_factor(ctx, whom, by=by),
    ]


async def test_nobody_changes_themselves(bench: Bench) -> None:
    for deed in deeds(bench, id_of(bench, dana), proved(bench)):
        with pytest.raises(Forbidden):
            await deed()


@pytest.mark.parametrize("who", [erin, frank, grace], ids=lambda who: who.role)
async def test_owners_alone_look_after_the_team(bench: Bench, who: StaffPerson) -> None:
    by = proved(bench, who)
    for deed in [
        *deeds(bench, id_of(bench, dana), by),
        lambda: staff.list_team(bench.ctx, by=by),
        lambda: staff.show_member(bench.ctx, id_of(bench, dana), by=by),
        lambda: joining.invite_staff(
            bench.ctx, email="x@example.com", name="", terms=Terms(Role.OWNER, None), locale="en", by=by
        ),
    ]:
        with pytest.raises(Forbidden):
            await deed()


async def test_owners_look_after_their_own_team_and_with_a_fresh_proof(bench: Bench) -> None:
    for deed in deeds(bench, id_of(bench, heidi), proved(bench)):
        with pytest.raises(NotFound):
            await deed()
    for deed in deeds(bench, id_of(bench, erin), bench.staff(dana)):
        with pytest.raises(ProofNeeded):
            await deed()


async def test_whoever_is_deactivated_is_out_at_once_and_may_come_back(bench: Bench) -> None:
    visit = await sign_in(bench, erin)
    await staff.deactivate_staff(bench.ctx, id_of(bench, erin), by=proved(bench))
    assert await signin.find_visit(bench.ctx, bench.lumen.id, visit.token) is None
    with pytest.raises(Invalid):
        await sign_in(bench, erin)
    await staff.reactivate_staff(bench.ctx, id_of(bench, erin), by=proved(bench))
    assert await signin.find_visit(bench.ctx, bench.lumen.id, visit.token) is None
    assert await sign_in(bench, erin)


async def test_the_last_owner_stays(bench: Bench) -> None:
    command = SystemActor(bench.lumen.id, "command", "t")
    with pytest.raises(InUse) as refused:
        await staff.deactivate_staff(bench.ctx, id_of(bench, dana), by=command)
    assert refused.value.data["what"] == "last-owner"
    with pytest.raises(InUse):
        await staff.change_terms(
            bench.ctx, id_of(bench, dana), Terms(Role.MANAGER, None), seen=None, by=command
        )


async def test_two_owners_who_demote_each_other_at_once_leave_one(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await staff.change_terms(
        bench.ctx, id_of(bench, erin), Terms(Role.OWNER, None), seen=None, by=proved(bench)
    )
    pairs = ((dana, erin), (erin, dana))
    answers = await asyncio.gather(
        *[
            patiently(
                lambda by=by, whom=whom: staff.change_terms(
                    bench.ctx, id_of(bench, whom), Terms(Role.VIEWER, None), seen=None, by=proved(bench, by)
                )
            )
            for by, whom in pairs
        ],
        return_exceptions=True,
    )
    assert sum(isinstance(each, Forbidden) for each in answers) == 1
    async with bench.ctx.read(bench.lumen.id) as work:
        owners = [each for each in await work.staff.list() if each.role is Role.OWNER]
    assert len(owners) == 1


async def test_an_invitation_is_mailed_and_lets_somebody_in_once(bench: Bench) -> None:
    invitation = await invite(bench, " Ivan@Example.com ")
    assert invitation.expires_at == bench.clock() + timedelta(hours=24)
    token = (await tokens(bench))[0]
    assert len(token) == 32
    assert (await joining.find_invitation(bench.ctx, bench.lumen.id, token)).id == invitation.id
    signed_in = await accept(bench, token)
    assert not signed_in.visit.half
    async with bench.ctx.read(bench.lumen.id) as work:
        ivan = await work.staff.find_by_email("ivan@example.com")
    assert ivan is not None
    assert (ivan.name, ivan.role, ivan.active) == ("Ivan", Role.AGENT, True)
    with pytest.raises(NotFound):
        await accept(bench, token)
    kept = repr([await bench.rows(select(table)) for table in (invitations, journal, outbox)])
    assert token not in kept


async def test_of_two_who_use_one_invitation_one_joins(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await invite(bench)
    token = (await tokens(bench))[0]
    answers = await asyncio.gather(
        *[patiently(lambda: accept(bench, token)) for _ in range(3)], return_exceptions=True
    )
    assert sum(isinstance(each, SignedIn) for each in answers) == 1
    assert sum(isinstance(each, NotFound) for each in answers) == 2


async def test_a_new_invitation_replaces_the_open_one(bench: Bench) -> None:
    await invite(bench)
    second = await invite(bench, "IVAN@example.com", Role.VIEWER)
    first_token, second_token = await tokens(bench)
    with pytest.raises(NotFound):
        await accept(bench, first_token)
    view = await staff.list_team(bench.ctx, by=proved(bench))
    assert [each.id for each in view.invitations] == [second.id]
    await joining.withdraw_invitation(bench.ctx, second.id, by=proved(bench))
    with pytest.raises(NotFound):
        await accept(bench, second_token)
    with pytest.raises(Conflict):
        await joining.withdraw_invitation(bench.ctx, second.id, by=proved(bench))


async def test_an_invitation_lives_a_day_and_in_its_account(bench: Bench) -> None:
    await invite(bench)
    token = (await tokens(bench))[0]
    with pytest.raises(NotFound):
        await joining.find_invitation(bench.ctx, bench.world.accounts["rival"].id, token)
    bench.clock.turn(hours=24)
    with pytest.raises(NotFound):
        await accept(bench, token)


@pytest.mark.parametrize(
    ("password", "name", "field"),
    [("too short", "Ivan", "password"), ("ivan@example.com", "Ivan", "password"), (OWN_WORDS, " ", "name")],
)
async def test_a_bad_name_or_password_uses_nothing_up(
    bench: Bench, password: str, name: str, field: str
) -> None:
    await invite(bench)
    token = (await tokens(bench))[0]
    with pytest.raises(Invalid) as refused:
        await accept(bench, token, password=password, name=name)
    assert refused.value.field == field
    assert await accept(bench, token)


async def test_whoever_works_here_and_what_is_no_address_are_not_invited(bench: Bench) -> None:
    for email, problem in ((frank.email.upper(), "works-here"), ("nobody", "no-email")):
        with pytest.raises(Invalid) as refused:
            await invite(bench, email)
        assert (refused.value.field, refused.value.problem) == ("email", problem)


async def test_one_mailbox_is_not_flooded(bench: Bench) -> None:
    for _ in range(3):
        await invite(bench)
    with pytest.raises(TooMany):
        await invite(bench)


@pytest.mark.parametrize("gone", [{"active": False}, {"role": Role.MANAGER}])
async def test_who_owns_nothing_any_more_has_invited_nobody(bench: Bench, gone: dict[str, Any]) -> None:
    """They would come back by it, as an owner."""
    await invite(bench, role=Role.OWNER)
    (token,) = await tokens(bench)
    await bench.change(update(people).where(people.c.id == id_of(bench, dana)).values(**gone))
    with pytest.raises(NotFound):
        await accept(bench, token)


async def test_the_plan_says_how_many_work_here(bench: Bench) -> None:
    await invite(bench)
    await bench.change(
        update(accounts).where(accounts.c.account_id == bench.lumen.id).values(plan=PlanName.STARTER)
    )
    with pytest.raises(NotInPlan):
        await invite(bench, "judy@example.com")
    with pytest.raises(NotInPlan):
        await accept(bench, (await tokens(bench))[0])


async def test_the_team_says_when_somebody_was_last_seen(bench: Bench) -> None:
    visit = await sign_in(bench, erin)
    bench.clock.turn(minutes=10)
    await signin.find_visit(bench.ctx, bench.lumen.id, visit.token)
    view = await staff.list_team(bench.ctx, by=proved(bench))
    seen = {member.staff.name: member.seen_at for member in view.members}
    assert seen[erin.name] == bench.clock()
    assert seen[grace.name] is None
    with pytest.raises(NotFound):
        await staff.show_member(bench.ctx, new_id(StaffId), by=proved(bench))
