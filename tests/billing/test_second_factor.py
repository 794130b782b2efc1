"""The second factor at sign-in: one-time codes, recovery codes, budgets; and what a change of it does."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from billing import second_factor, signin, staff_signin
from billing.actors import StaffActor
from billing.edges import Visit
from billing.errors import Forbidden, Invalid, NotFound, ProofNeeded, Refusal, SignInNeeded, TooMany
from billing.messages import StaffNoticeMail
from billing.own_access import change_password, sign_out_everywhere
from billing.signin import SignedIn
from billing.staff import require_factor, reset_factor
from storage.tables.ledger import journal, outbox
from storage.tables.team import recovery_codes, second_factors
from tests.authenticator import Authenticator
from tests.billing.bench import Bench, patiently
from tests.people import StaffPerson, dana, erin, heidi


@dataclass
class Person:
    """A staff member at a browser, with an app."""

    bench: Bench
    who: StaffPerson
    app: Authenticator | None = None

    @property
    def actor(self) -> StaffActor:
        """Just proved."""
        return replace(self.bench.staff(self.who), proved_at=self.bench.clock())

    async def password(self, password: str = "") -> SignedIn:
        return await staff_signin.sign_in_staff(
            self.bench.ctx,
            self.bench.lumen.id,
            email=self.who.email,
            password=password or self.who.password,
            client="192.0.2.9",
            trace_id="t",
        )

    async def set_up(self, visit: Visit) -> SignedIn:
        """Scans the code of the first sign-in, and confirms it."""
        ctx = self.bench.ctx
        half = await staff_signin.show_half_way(ctx, visit)
        assert not half.has_factor
        offer = second_factor.offer_factor(ctx, half.account, half.staff)
        self.app = Authenticator.scan(offer.address)
        return await staff_signin.set_up_factor(
            ctx, visit, sealed=offer.sealed, code=self.code(), client="c", trace_id="t"
        )

    def code(self, *, ago: float = 0) -> str:
        assert self.app is not None
        return self.app.code(self.bench.clock() - timedelta(seconds=ago))

    async def give(self, visit: Visit, code: str) -> SignedIn:
        return await staff_signin.give_factor(self.bench.ctx, visit, code=code, client="c", trace_id="t")

    async def found(self, signed_in: SignedIn) -> Visit | None:
        return await signin.find_visit(self.bench.ctx, self.bench.lumen.id, signed_in.token)


@pytest.fixture
async def person(bench: Bench) -> Person:
    """Dana, whose account asks for a second factor; she has set hers up and signed in with it."""
    someone = Person(bench, dana)
    await require_factor(bench.ctx, required=True, by=someone.actor)
    await someone.set_up((await someone.password()).visit)
    bench.clock.turn(seconds=30)
    return someone


async def test_a_password_alone_opens_half_a_visit_which_is_nobody(person: Person) -> None:
    half = await person.password()
    assert half.visit.half
    assert half.visit.proved_at is None
    assert await person.found(half) is None
    assert await signin.look_up_visit(person.bench.ctx, person.bench.lumen.id, half.token) is None
    whole = await person.give(half.visit, person.code())
    assert whole.token != half.token
    assert await person.found(half) is None
    found = await person.found(whole)
    assert found == whole.visit
    assert (whole.visit.half, whole.visit.proved_at) == (False, person.bench.clock())


async def test_half_a_visit_is_over_after_a_quarter_of_an_hour(person: Person) -> None:
    half = await person.password()
    ctx, lumen = person.bench.ctx, person.bench.lumen.id
    person.bench.clock.turn(minutes=14)
    assert await signin.find_half_visit(ctx, lumen, half.token) is not None
    person.bench.clock.turn(minutes=1)
    assert await signin.find_half_visit(ctx, lumen, half.token) is None


async def test_no_code_is_taken_twice(person: Person) -> None:
    code = person.code()
    first, second = await person.password(), await person.password()
    await person.give(first.visit, code)
    with pytest.raises(Invalid) as refused:
        await person.give(second.visit, code)
    assert refused.value.problem == "wrong-factor"
    person.bench.clock.turn(seconds=30)
    assert await person.give(second.visit, person.code())


async def test_of_many_at_once_with_one_code_one_comes_in(bench_on_each: Bench) -> None:
    someone = Person(bench_on_each, dana)
    await require_factor(bench_on_each.ctx, required=True, by=someone.actor)
    await someone.set_up((await someone.password()).visit)
    bench_on_each.clock.turn(seconds=30)
    halves = [(await someone.password()).visit for _ in range(4)]
    code = someone.code()
    answers = await asyncio.gather(
        *[patiently(lambda half=half: someone.give(half, code)) for half in halves], return_exceptions=True
    )
    assert sum(isinstance(each, SignedIn) for each in answers) == 1
    assert sum(isinstance(each, Invalid) for each in answers) == 3


@pytest.mark.parametrize(("seconds", "is_taken"), [(0, True), (10, True), (11, False), (29, False)])
async def test_the_step_before_is_taken_for_ten_seconds_more(
    person: Person, seconds: int, is_taken: bool
) -> None:
    half = await person.password()
    code = person.code()  # of a step that has just begun
    person.bench.clock.turn(seconds=30 + seconds)
    try:
        await person.give(half.visit, code)
    except Invalid:
        assert not is_taken
    else:
        assert is_taken


async def test_codes_of_the_future_and_of_a_clock_turned_back_are_refused(person: Person) -> None:
    half = await person.password()
    with pytest.raises(Invalid):
        await person.give(half.visit, person.code(ago=-30))
    await person.give(half.visit, person.code())
    person.bench.clock.turn(minutes=-5)
    earlier = await person.password()
    with pytest.raises(Invalid):
        await person.give(earlier.visit, person.code())


async def test_all_wrong_codes_get_one_answer(person: Person) -> None:
    used = person.code()
    await person.give((await person.password()).visit, used)
    half = (await person.password()).visit
    refusals = []
    for typed in (used, "", "abcd-efgh-jkmn", "𝟙𝟚𝟛𝟜𝟝𝟞"):
        with pytest.raises(Refusal) as refused:
            await person.give(half, typed)
        refusals.append((type(refused.value), refused.value.data, getattr(refused.value, "problem", "")))
    assert set(map(repr, refusals)) == {repr((Invalid, {}, "wrong-factor"))}


async def test_codes_have_a_budget_which_the_password_does_not_refill(person: Person) -> None:
    for _ in range(5):
        half = (await person.password()).visit
        with pytest.raises(Invalid):
            await person.give(half, "000000")
    half = (await person.password()).visit
    with pytest.raises(TooMany) as refused:
        await person.give(half, person.code())
    assert refused.value.data["retry_after"] <= 300
    person.bench.clock.turn(minutes=5)
    assert await person.give(half, person.code())


async def test_a_recovery_code_signs_in_once_and_is_told(person: Person) -> None:
    ctx = person.bench.ctx
    codes = await second_factor.make_recovery_codes(ctx, by=person.actor)
    assert len(set(codes)) == 10
    await person.give((await person.password()).visit, codes[3].upper().replace("-", " "))
    half = (await person.password()).visit
    with pytest.raises(Invalid):
        await person.give(half, codes[3])
    assert (await second_factor.show_factor(ctx, by=person.actor)).recovery_codes == 9
    await second_factor.make_recovery_codes(ctx, by=person.actor)
    with pytest.raises(Invalid):
        await person.give(half, codes[4])
    assert await notices(person.bench) == ["factor-set", "codes-made", "code-used", "codes-made"]


async def test_seeds_and_recovery_codes_are_stored_sealed_or_hashed(person: Person) -> None:
    codes = await second_factor.make_recovery_codes(person.bench.ctx, by=person.actor)
    kept = repr([await person.bench.rows(select(table)) for table in (second_factors, recovery_codes)])
    told = repr([await person.bench.rows(select(table)) for table in (outbox, journal)])
    assert person.app is not None
    for secret in (person.app.seed, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in kept + told


async def test_a_seed_is_for_its_person_and_for_half_an_hour(person: Person) -> None:
    ctx, bench = person.bench.ctx, person.bench
    someone = Person(bench, erin)
    visit = (await someone.password()).visit
    half = await staff_signin.show_half_way(ctx, visit)
    theirs = await staff_signin.show_half_way(ctx, (await person.password()).visit)
    offer = second_factor.offer_factor(ctx, theirs.account, theirs.staff)
    for sealed in (offer.sealed, "", "nonsense", "é" * 50):
        with pytest.raises(Invalid) as refused:
            await staff_signin.set_up_factor(
                ctx,
                visit,
                sealed=sealed,
                code=Authenticator(offer.seed).code(bench.clock()),
                client="c",
                trace_id="t",
            )
        assert refused.value.problem == "offer-over"
    bench.clock.turn(minutes=-31)
    old = second_factor.offer_factor(ctx, half.account, half.staff)
    bench.clock.turn(minutes=31)
    with pytest.raises(Invalid):
        second_factor.same_offer(ctx, half.account, half.staff, old.sealed)


async def test_who_has_a_factor_cannot_set_up_a_first_one(person: Person) -> None:
    half = (await person.password()).visit
    state = await staff_signin.show_half_way(person.bench.ctx, half)
    offer = second_factor.offer_factor(person.bench.ctx, state.account, state.staff)
    with pytest.raises(Forbidden):
        await staff_signin.set_up_factor(
            person.bench.ctx,
            half,
            sealed=offer.sealed,
            code=Authenticator(offer.seed).code(person.bench.clock()),
            client="c",
            trace_id="t",
        )


async def test_a_whole_visit_is_no_half_one(person: Person) -> None:
    whole = await person.give((await person.password()).visit, person.code())
    with pytest.raises(SignInNeeded):
        await person.give(whole.visit, person.code())


async def test_a_factor_is_asked_for_even_where_the_account_lets_people_do_without(person: Person) -> None:
    await require_factor(person.bench.ctx, required=False, by=person.actor)
    assert (await person.password()).visit.half
    assert not (await Person(person.bench, erin).password()).visit.half
    await second_factor.remove_factor(person.bench.ctx, by=person.actor)
    assert not (await person.password()).visit.half


async def test_nobody_removes_a_factor_that_is_needed(person: Person) -> None:
    with pytest.raises(Forbidden):
        await second_factor.remove_factor(person.bench.ctx, by=person.actor)


async def test_another_app_takes_the_place_of_the_first_and_ends_other_visits(person: Person) -> None:
    ctx, bench = person.bench.ctx, person.bench
    codes = await second_factor.make_recovery_codes(ctx, by=person.actor)
    here = await person.give((await person.password()).visit, person.code())
    bench.clock.turn(seconds=30)
    there = await person.give((await person.password()).visit, person.code())
    old, state = person.code(), await second_factor.show_factor(ctx, by=person.actor)
    assert state.is_required
    async with ctx.read(bench.lumen.id) as work:
        account, me = await work.accounts.get(), await work.staff.get(person.actor.staff_id)
    offer = second_factor.offer_factor(ctx, account, me)
    person.app = Authenticator(offer.seed)
    await second_factor.change_factor(
        ctx, sealed=offer.sealed, code=person.code(), by=person.actor, visit=here.visit
    )
    assert await person.found(here) is not None
    assert await person.found(there) is None
    bench.clock.turn(seconds=30)
    half = (await person.password()).visit
    for wrong in (old, codes[0]):
        with pytest.raises(Invalid):
            await person.give(half, wrong)
    assert await person.give(half, person.code())


@pytest.mark.parametrize("age", [None, 301])
async def test_what_changes_access_takes_a_fresh_proof(person: Person, age: int | None) -> None:
    ctx, now = person.bench.ctx, person.bench.clock()
    stale = replace(person.actor, proved_at=None if age is None else now - timedelta(seconds=age))
    other = person.bench.world.staff[erin.name]
    for act in (
        second_factor.make_recovery_codes(ctx, by=stale),
        second_factor.remove_factor(ctx, by=stale),
        require_factor(ctx, required=False, by=stale),
        reset_factor(ctx, other, by=stale),
    ):
        with pytest.raises(ProofNeeded):
            await act


async def test_proving_takes_password_and_code_and_gives_a_new_token(person: Person) -> None:
    ctx = person.bench.ctx
    whole = await person.give((await person.password()).visit, person.code())
    person.bench.clock.turn(minutes=6)
    by = replace(person.actor, proved_at=whole.visit.proved_at)
    for password, code, field in (("wrong", person.code(), "password"), (dana.password, "000000", "code")):
        with pytest.raises(Invalid) as refused:
            await staff_signin.prove_staff(ctx, whole.visit, password=password, code=code, by=by)
        assert refused.value.field == field
    proved = await staff_signin.prove_staff(
        ctx, whole.visit, password=dana.password, code=person.code(), by=by
    )
    assert proved.visit.proved_at == person.bench.clock()
    assert await person.found(whole) is None
    assert await person.found(proved) is not None


async def test_an_owner_resets_a_lost_factor(person: Person) -> None:
    bench, lost = person.bench, Person(person.bench, erin)
    visit = await lost.set_up((await lost.password()).visit)
    await reset_factor(bench.ctx, bench.world.staff[erin.name], by=person.actor)
    assert await lost.found(visit) is None
    assert not (await staff_signin.show_half_way(bench.ctx, (await lost.password()).visit)).has_factor
    with pytest.raises(NotFound):
        await reset_factor(bench.ctx, bench.world.staff[erin.name], by=person.actor)
    assert (await notices(bench))[-1] == "factor-reset"


async def test_switching_it_on_ends_the_visits_of_who_has_none(bench: Bench) -> None:
    owner, other = Person(bench, dana), Person(bench, erin)
    visit = await other.password()
    assert not visit.visit.half
    await require_factor(bench.ctx, required=True, by=owner.actor)
    assert await other.found(visit) is None
    with pytest.raises(Forbidden):
        await require_factor(bench.ctx, required=False, by=other.actor)


async def test_a_new_password_ends_other_visits_and_is_told(bench: Bench) -> None:
    someone = Person(bench, erin)
    here, there = await someone.password(), await someone.password()
    for old, new, field, problem in (
        ("not it", "teal otter hums under ferns", "password", "wrong-password"),
        (erin.password, "short", "new_password", "too-short"),
        (erin.password, "Erin Castellanos 123", "new_password", "too-common"),
    ):
        with pytest.raises(Invalid) as refused:
            await change_password(bench.ctx, here.visit, old=old, new=new, by=someone.actor)
        assert (refused.value.field, refused.value.problem) == (field, problem)
    new = "teal otter hums under ferns"
    await change_password(bench.ctx, here.visit, old=erin.password, new=new, by=someone.actor)
    assert await someone.found(here) is not None
    assert await someone.found(there) is None
    assert await someone.password(new)
    assert await notices(bench) == ["new-password"]
    await sign_out_everywhere(bench.ctx, by=someone.actor)
    assert await someone.found(here) is None


async def test_another_accounts_staff_have_their_own_factor(person: Person) -> None:
    ctx, rival = person.bench.ctx, person.bench.world.accounts["rival"]
    theirs = await staff_signin.sign_in_staff(
        ctx, rival.id, email=heidi.email, password=heidi.password, client="c", trace_id="t"
    )
    assert not theirs.visit.half
    assert await signin.find_half_visit(ctx, person.bench.lumen.id, theirs.token) is None


async def notices(bench: Bench) -> list[str]:
    """What staff were told by mail, oldest first."""
    rows = await bench.rows(
        select(outbox.c.payload)
        .where(outbox.c.kind == StaffNoticeMail.kind)
        .order_by(outbox.c.put_at, outbox.c.place)
    )
    return [payload["notice"] for (payload,) in rows]
