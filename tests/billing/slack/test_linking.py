"""Who in Slack is whom: offered to one user, confirmed at the desk once and in time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.actors import StaffActor
from billing.channels import find_slack_user, identify_slack_user
from billing.edges import SlackLink
from billing.errors import (
    Forbidden,
    Invalid,
    NotForGuests,
    NotFound,
    NotLinked,
    NotStaff,
    ProfileUnknown,
    ProofNeeded,
    Refusal,
    TooMany,
)
from billing.slack.linking import MOST_OFFERS, confirm_link, make_offer, send_offer, show_offer, unlink
from billing.slack.profiles import take_in_profile
from billing.slack.records import Outsider, SlackProfile
from billing.slack.who_is_who import list_pairs, show_pair
from billing.staff import deactivate_staff
from billing.states import Ended
from billing.zones import choose_zone, keep_zone
from storage.tables.ledger import outbox
from tests.billing.bench import Bench
from tests.billing.slack.workspaces import connect, end_workspace, told
from tests.make import TEAM, profile_of
from tests.people import StaffPerson, dana, erin, frank, grace, heidi

NEW = "U0NEWUSER1"


def proved(bench: Bench, person: StaffPerson) -> StaffActor:
    """Signed in just now."""
    return replace(bench.staff(person), proved_at=bench.clock())


async def offered(bench: Bench, user_id: str = NEW, team_id: str = TEAM) -> str:
    """What a click of somebody unknown is answered with: the token of its link."""
    async with bench.ctx.begin(bench.lumen.id) as work:
        _, token = await make_offer(bench.ctx, work, team_id=team_id, user_id=user_id, user_name="new.user")
    return token


async def known(bench: Bench, user_id: str = NEW, **flags: Any) -> SlackProfile:
    """Slack has said just now who this is."""
    profile = replace(profile_of(bench.lumen, user_id, "New User", at=bench.clock()), **flags)
    await take_in_profile(bench.ctx, profile)
    return profile


async def who_is(bench: Bench, user_id: str) -> str:
    """The name of the staff member, or why there is none."""
    try:
        _, staff = await identify_slack_user(
            bench.ctx, bench.lumen.id, team_id=TEAM, user_id=user_id, trace_id="t"
        )
    except Refusal as refusal:
        return refusal.code
    return staff.name


async def test_a_user_is_linked_after_staff_say_that_it_is_them(bench: Bench) -> None:
    await connect(bench, by=bench.staff(dana))
    token = await offered(bench)
    await known(bench)
    view = await show_offer(bench.ctx, token, by=bench.staff(grace))
    assert (view.user_name, view.staff.name, view.holder) == ("New User", grace.name, None)
    assert await who_is(bench, NEW) == "not-linked"

    await confirm_link(bench.ctx, token, by=proved(bench, grace))

    assert await who_is(bench, NEW) == grace.name
    assert await who_is(bench, grace.slack) == "not-linked"  # one Slack user for each
    assert (await told(bench))[-2:] == ["staff-notice", "slack-profile"]
    assert {"slack.linked"} <= await bench.journal_verbs()


async def test_an_offer_is_confirmed_once_however_often_its_form_is_sent(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await connect(bench, by=bench.staff(dana))
    token = await offered(bench)
    by = proved(bench, erin)
    await asyncio.gather(*(confirm_link(bench.ctx, token, by=by) for _ in range(4)))
    assert (await told(bench)).count("staff-notice") == 1
    with pytest.raises(NotFound):
        await confirm_link(bench.ctx, token, by=proved(bench, dana))
    with pytest.raises(NotFound):
        await show_offer(bench.ctx, token, by=by)


async def test_an_offer_is_for_whom_it_was_meant_and_for_an_hour(bench: Bench) -> None:
    await connect(bench, by=bench.staff(dana))
    frank_id = bench.world.staff[frank.name]
    await unlink(bench.ctx, frank_id, by=proved(bench, dana))
    await send_offer(bench.ctx, frank_id, user_id=f" {NEW.lower()} ", by=bench.staff(dana))
    token = await sent_token(bench)
    for other in (dana, erin):
        with pytest.raises(NotFound):
            await confirm_link(bench.ctx, token, by=proved(bench, other))
    with pytest.raises(NotFound):  # the same token at another account's desk
        await show_offer(bench.ctx, token, by=bench.staff(heidi))
    bench.clock.turn(minutes=59)
    assert (await show_offer(bench.ctx, token, by=bench.staff(frank))).offer.user_id == NEW
    bench.clock.turn(minutes=1)
    with pytest.raises(NotFound):
        await confirm_link(bench.ctx, token, by=proved(bench, frank))
    assert await who_is(bench, NEW) == "not-linked"


async def sent_token(bench: Bench) -> str:
    """Of the message that is on its way; the database holds it sealed."""
    rows = await bench.rows(select(outbox.c.payload).where(outbox.c.kind == "slack-link-offer"))
    sealed = str(rows[-1][0]["token"])
    assert len(sealed) > 32
    return bench.ctx.vault.unseal(sealed)


async def test_a_link_takes_a_fresh_proof(bench: Bench) -> None:
    await connect(bench, by=bench.staff(dana))
    token, stale = await offered(bench), replace(proved(bench, erin))
    bench.clock.turn(minutes=6)
    with pytest.raises(ProofNeeded):
        await confirm_link(bench.ctx, token, by=stale)
    with pytest.raises(ProofNeeded):
        await unlink(bench.ctx, bench.world.staff[erin.name], by=stale)
    assert await who_is(bench, erin.slack) == erin.name


async def test_an_offer_of_a_workspace_that_ended_is_worth_nothing(bench: Bench) -> None:
    installation = await connect(bench, by=bench.staff(dana))
    token = await offered(bench)
    await end_workspace(bench.ctx, installation, Ended.UNINSTALLED, by=bench.system())
    with pytest.raises(NotFound):
        await confirm_link(bench.ctx, token, by=proved(bench, erin))
    await connect(bench, by=bench.staff(dana), team_id="T0OTHER", token="xoxb-two")
    with pytest.raises(NotFound):
        await confirm_link(bench.ctx, token, by=proved(bench, erin))


@pytest.mark.parametrize("flag", ["is_guest", "is_stranger", "is_bot", "is_gone"])
async def test_who_is_no_member_of_the_workspace_is_not_linked(bench: Bench, flag: str) -> None:
    await connect(bench, by=bench.staff(dana))
    token = await offered(bench)
    flags: dict[str, Any] = {flag: True}
    profile = await known(bench, **flags)
    with pytest.raises(NotForGuests) as refused:
        await confirm_link(bench.ctx, token, by=proved(bench, grace))
    assert refused.value.data["why"] is profile.outsider is Outsider(flag.removeprefix("is_"))
    with pytest.raises(Invalid) as invalid:
        await send_offer(bench.ctx, bench.world.staff[grace.name], user_id=NEW, by=bench.staff(grace))
    assert invalid.value.problem == "outsider"


async def test_a_user_who_was_somebody_else_is_so_no_more_and_both_are_mailed(bench: Bench) -> None:
    await connect(bench, by=bench.staff(dana))
    token = await offered(bench, erin.slack)
    view = await show_offer(bench.ctx, token, by=bench.staff(grace))
    assert view.holder is not None
    assert (view.holder.name, view.earlier and view.earlier.user_id) == (erin.name, grace.slack)
    await confirm_link(bench.ctx, token, by=proved(bench, grace))
    assert await who_is(bench, erin.slack) == grace.name
    assert await notices(bench) == [(erin.name, "slack-unlinked"), (grace.name, "slack-linked")]


async def notices(bench: Bench) -> list[tuple[str, str]]:
    """Whom a mail tells what of their access."""
    names = {staff_id.hex: name for name, staff_id in bench.world.staff.items()}
    rows = await bench.rows(
        select(outbox.c.payload).where(outbox.c.kind == "staff-notice").order_by(outbox.c.place)
    )
    return [(names[payload["staff_id"]], payload["notice"]) for (payload,) in rows]


async def test_an_equal_e_mail_links_nobody(bench: Bench) -> None:
    """The stand-in's people have the very addresses of the staff; nothing reads them."""
    await connect(bench, by=bench.staff(dana))
    await unlink(bench.ctx, bench.world.staff[erin.name], by=proved(bench, erin))
    assert await who_is(bench, erin.slack) == "not-linked"
    assert await notices(bench) == [(erin.name, "slack-unlinked")]


async def test_owners_link_and_unlink_others_and_everybody_themselves(bench: Bench) -> None:
    await connect(bench, by=bench.staff(dana))
    grace_id = bench.world.staff[grace.name]
    for other in (erin, frank):
        with pytest.raises(Forbidden):
            await unlink(bench.ctx, grace_id, by=proved(bench, other))
        with pytest.raises(Forbidden):
            await send_offer(bench.ctx, grace_id, user_id=NEW, by=bench.staff(other))
    await unlink(bench.ctx, grace_id, by=proved(bench, grace))
    with pytest.raises(NotFound):
        await unlink(bench.ctx, grace_id, by=proved(bench, dana))
    await send_offer(bench.ctx, grace_id, user_id=NEW, by=bench.staff(grace))
    await send_offer(bench.ctx, grace_id, user_id=NEW, by=bench.staff(dana))
    assert (await told(bench)).count("slack-link-offer") == 2


async def test_one_asker_does_not_write_to_a_whole_company(bench: Bench) -> None:
    await connect(bench, by=bench.staff(dana))
    grace_id = bench.world.staff[grace.name]
    for number in range(MOST_OFFERS):
        await send_offer(bench.ctx, grace_id, user_id=f"U0NEW{number:05}", by=bench.staff(grace))
    with pytest.raises(TooMany):
        await send_offer(bench.ctx, grace_id, user_id="U0NEW99999", by=bench.staff(grace))
    await send_offer(bench.ctx, grace_id, user_id="U0NEW99999", by=bench.staff(dana))


async def test_nobody_is_flooded_with_messages(bench: Bench) -> None:
    await connect(bench, by=bench.staff(dana))
    grace_id = bench.world.staff[grace.name]
    for _ in range(3):
        await send_offer(bench.ctx, grace_id, user_id=NEW, by=bench.staff(grace))
    with pytest.raises(TooMany):
        await send_offer(bench.ctx, grace_id, user_id=NEW, by=bench.staff(grace))


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("", "missing"), ("@dana", "not-a-member-id"), ("C0SUPPORT1", "not-a-member-id")],
)
async def test_a_member_is_named_by_their_id(bench: Bench, typed: str, problem: str) -> None:
    await connect(bench, by=bench.staff(dana))
    with pytest.raises(Invalid) as refused:
        await send_offer(bench.ctx, bench.world.staff[grace.name], user_id=typed, by=bench.staff(grace))
    assert (refused.value.field, refused.value.problem) == ("user", problem)


async def test_without_a_workspace_nobody_is_asked(bench: Bench) -> None:
    with pytest.raises(NotFound):
        await send_offer(bench.ctx, bench.world.staff[grace.name], user_id=NEW, by=bench.staff(grace))


async def test_a_click_counts_while_slack_has_said_within_a_day_who_it_is(bench: Bench) -> None:
    assert await who_is(bench, erin.slack) == erin.name
    bench.clock.turn(hours=24)
    assert await who_is(bench, erin.slack) == erin.name
    bench.clock.turn(seconds=1)
    assert await who_is(bench, erin.slack) == ProfileUnknown.code
    await take_in_profile(bench.ctx, profile_of(bench.lumen, erin.slack, erin.name, at=bench.clock()))
    assert await who_is(bench, erin.slack) == erin.name


async def test_who_became_a_guest_or_left_decides_nothing_at_once(bench: Bench) -> None:
    await known(bench, erin.slack, is_guest=True)
    assert await who_is(bench, erin.slack) == NotForGuests.code
    await deactivate_staff(bench.ctx, bench.world.staff[frank.name], by=bench.system())
    assert await who_is(bench, frank.slack) == NotStaff.code
    await unlink(bench.ctx, bench.world.staff[grace.name], by=proved(bench, grace))
    assert await who_is(bench, grace.slack) == NotLinked.code


async def test_one_staff_member_is_one_user_in_one_workspace(bench: Bench) -> None:
    """They were linked in the workspace before: in the next they must say who they are once more."""
    await connect(bench, by=bench.staff(dana))
    await connect(bench, by=bench.staff(dana), team_id="T0OTHER", token="xoxb-two")
    with pytest.raises(NotLinked):
        await identify_slack_user(
            bench.ctx, bench.lumen.id, team_id="T0OTHER", user_id=erin.slack, trace_id="t"
        )
    token = await offered(bench, NEW, "T0OTHER")
    await confirm_link(bench.ctx, token, by=proved(bench, erin))
    async with bench.ctx.read(bench.lumen.id) as work:
        link = await work.channels.find_link_of_staff(bench.world.staff[erin.name])
    assert link == SlackLink(bench.lumen.id, "T0OTHER", NEW, bench.world.staff[erin.name])
    assert await who_is(bench, erin.slack) == "not-linked"


async def test_who_reads_is_told_in_their_own_language_and_zone(bench: Bench) -> None:
    profile = replace(
        profile_of(bench.lumen, NEW, "New User", at=bench.clock()), locale="de-DE", time_zone="Europe/Berlin"
    )
    await take_in_profile(bench.ctx, profile)
    guest = await find_slack_user(bench.ctx, bench.lumen.id, team_id=TEAM, user_id=NEW)
    assert (guest.language(bench.lumen), guest.time_zone(bench.lumen)) == ("de-DE", "Europe/Berlin")
    stranger = await find_slack_user(bench.ctx, bench.lumen.id, team_id=TEAM, user_id="U0NOBODY")
    assert (stranger.language(bench.lumen), stranger.time_zone(bench.lumen)) == ("en", "UTC")
    member = await find_slack_user(bench.ctx, bench.lumen.id, team_id=TEAM, user_id=erin.slack)
    assert member.language(bench.lumen) == "en"  # their own at the desk, not Slack's en-US
    by = bench.staff(erin)
    await keep_zone(bench.ctx, bench.lumen.id, by.key, "Asia/Tokyo")
    member = await find_slack_user(bench.ctx, bench.lumen.id, team_id=TEAM, user_id=erin.slack)
    assert member.time_zone(bench.lumen) == "UTC"  # a browser's clock is none of Slack's
    await choose_zone(bench.ctx, time_zone="Europe/Paris", told="", by=by)
    member = await find_slack_user(bench.ctx, bench.lumen.id, team_id=TEAM, user_id=erin.slack)
    assert member.time_zone(bench.lumen) == "Europe/Paris"


async def test_who_is_who_names_everybody_and_what_slack_said(bench: Bench) -> None:
    assert (await list_pairs(bench.ctx, by=bench.staff(erin))).installation is None
    await connect(bench, by=bench.staff(dana))
    await known(bench)
    await known(bench, erin.slack, is_guest=True)
    await unlink(bench.ctx, bench.world.staff[grace.name], by=proved(bench, grace))
    await send_offer(bench.ctx, bench.world.staff[grace.name], user_id=NEW, by=bench.staff(dana))
    pairs = {each.staff.name: each for each in (await list_pairs(bench.ctx, by=bench.staff(erin))).pairs}
    assert set(pairs) == {dana.name, erin.name, frank.name, grace.name}
    profile, offer = pairs[erin.name].profile, pairs[grace.name].offer
    assert profile is not None
    assert profile.outsider is Outsider.GUEST
    assert offer is not None
    assert (offer.user_name, offer.expires_at) == ("New User", bench.clock() + timedelta(hours=1))
    assert {name for name, each in pairs.items() if each.may_change} == {erin.name}
    for other in (frank, grace):
        with pytest.raises(Forbidden):
            await list_pairs(bench.ctx, by=bench.staff(other))
    view = await show_pair(bench.ctx, bench.world.staff[grace.name], by=bench.staff(grace))
    assert [each.user_id for each in view.people] == [grace.slack, NEW]  # neither linked nor a guest
    with pytest.raises(Forbidden):
        await show_pair(bench.ctx, bench.world.staff[erin.name], by=bench.staff(grace))
