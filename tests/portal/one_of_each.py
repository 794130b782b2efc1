"""One of every record that an address names, acme's (alice's where customers have it), to try all routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select

from billing.actors import StaffActor, SystemActor, Via
from billing.answers import add_answer
from billing.asking import ask_refund
from billing.deciding import approve_request
from billing.documents.bundles import ask_bundle
from billing.documents.issuing import issue_invoice
from billing.documents.records import Bundle
from billing.edges import SlackLink
from billing.files import CheckedFile
from billing.helpdesks import add_helpdesk
from billing.ids import AccountId, CardChangeId, DepartmentId, HelpdeskId, VisitId, new_id
from billing.joining import invite_staff
from billing.memberships import MembershipDraft, create_membership
from billing.merchant import AnswerTemplate, Attachment, Invitation, Membership, MerchantText
from billing.messages import InvitationMail
from billing.operations import begin_try, record_outcome
from billing.processing.alerts import raise_alert
from billing.processing.connecting import connect_processor
from billing.processing.records import Alert, CardChange, Connection
from billing.processor import Outcome, ProcessorAnswer
from billing.records import (
    Customer,
    Department,
    Document,
    Helpdesk,
    Payment,
    Product,
    Refund,
    Request,
    Staff,
    Subscription,
    Ticket,
)
from billing.slack.adding import begin_connecting
from billing.slack.connecting import connect_workspace
from billing.slack.linking import make_offer
from billing.slack.records import Connecting, LinkOffer
from billing.staff import Terms, add_staff
from billing.states import AlertKind, BundleForm, CardChangeState, RefundReason, Role, Support, Surface
from billing.tickets import open_ticket
from portal.forms import new_once_key
from storage.bound import Bound
from storage.tables.ledger import outbox
from tests.portal.merchant import PASSWORD, sell_one
from tests.portal.site import Site


@dataclass(frozen=True)
class OneOfEach:
    """`ids` by the record's type; of what is named by a token, `tokens` by the same."""

    ids: Mapping[type, UUID]
    tokens: Mapping[type, str]

    def put_into(self, path: str, names: type | None) -> str:
        """The path of an entry of the URL map that names such a record."""
        if names is None:
            return path
        known = self.tokens[names] if "{token}" in path else self.ids[names].hex
        return path.partition("{")[0] + known + path.partition("}")[2]


async def make_one_of_each(site: Site) -> OneOfEach:
    """Nothing of it is what the tests' people sign in with, or stand on."""
    asked = await _ask(site, site.alice.payment)
    assert asked.ticket_id is not None
    by = site.acme.customer_actor(site.alice)
    invoice = await issue_invoice(site.ctx, site.alice.renewal.id, by=by)
    helpdesk, department = await _second_helpdesk(site)
    async with site.ctx.read(site.acme.account.id) as work:
        product = (await work.products.list())[0]
    invitation, token = await _invite(site)
    judy = await _hire(site)
    return OneOfEach(
        {
            Product: product.id,
            Request: asked.id,
            Ticket: asked.ticket_id,
            Payment: site.alice.renewal.id,
            Subscription: site.alice.subscription.id,
            Customer: site.alice.customer.id,
            Document: invoice.id,
            Bundle: (await _bundle(site)).id,
            Refund: await _paid_back(site, site.acme.account.id),
            Helpdesk: helpdesk.id,
            Department: department.id,
            Attachment: await _attach(site),
            MerchantText: helpdesk.id,  # its welcome
            AnswerTemplate: (await _answer(site, helpdesk)).id,
            Membership: (await _membership(site)).id,
            Staff: judy.id,
            Invitation: invitation.id,
            Connecting: (await _connecting(site)).id,
            Connection: (await _connection(site)).id,
            CardChange: (await _card_change(site)).id,
            Alert: (await _alert(site)).id,
        },
        {Invitation: token, LinkOffer: await _link(site, judy)},
    )


async def _bundle(site: Site) -> Bundle:
    """All of alice's documents, gathered."""
    by, now = site.acme.customer_actor(site.alice), site.ctx.now()
    bundle = await ask_bundle(
        site.ctx,
        now.year,
        BundleForm.ZIP,
        by=by,
        issue_missing=True,
        locale="en",
        once_key=new_once_key(),
    )
    async with site.ctx.begin(by.account_id) as work:
        assert await work.bundles.finish(bundle.id, expected=0, total=bundle.total, at=now)
    return bundle


async def _alert(site: Site) -> Alert:
    """A payment is disputed."""
    by = _system(site)
    async with site.ctx.begin(by.account_id) as work:
        await raise_alert(work, AlertKind.DISPUTED, "dispute:dp_1", {}, by=by, at=site.ctx.now())
        return (await work.alerts.list_open(limit=1))[0]


async def _connection(site: Site) -> Connection:
    """A key that nobody has asked the processor about yet."""
    return await connect_processor(
        site.ctx,
        site.acme.account.id,
        key="rk_test_of_nobody",
        webhook_secret=None,
        by=_system(site),
    )


async def _card_change(site: Site) -> CardChange:
    """The processor is being asked for its page."""
    alice = site.alice
    change = CardChange(
        id=new_id(CardChangeId),
        account_id=site.acme.account.id,
        customer_id=alice.customer.id,
        subscription_id=alice.subscription.id,
        surface=Surface.PORTAL,
        helpdesk_id=None,
        state=CardChangeState.ASKED,
        key="a key of one try",
        processor_customer="",
        page=None,
        session="",
        link=None,
        method_before="",
        method="",
        card=None,
        pays_overdue=False,
        problem="",
        asked_by=f"customer:{alice.customer.id.hex}",
        asked_at=site.ctx.now(),
        moved_at=site.ctx.now(),
        expires_at=None,
    )
    async with site.ctx.begin(site.acme.account.id) as work:
        await work.cards.add(change)
    return change


def _system(site: Site) -> SystemActor:
    return SystemActor(site.acme.account.id, "test", "test")


async def _ask(site: Site, payment: Payment) -> Request:
    return await ask_refund(
        site.ctx,
        payment.id,
        by=site.acme.customer_actor(site.alice),
        reason=RefundReason.NOT_AS_EXPECTED,
        message="w" * 400,  # no page may become wider by it
        once_key=new_once_key(),
    )


async def _paid_back(site: Site, account_id: AccountId) -> UUID:
    """A refund of alice's, from a payment that she made besides."""
    payment = await sell_one(site.acme, site.alice, now=site.ctx.now(), order=40_107_999)
    request = await _ask(site, payment)
    dana = StaffActor(account_id, site.acme.staff["dana"].id, Via.WEB, "127.0.0.1", "test")
    await approve_request(site.ctx, request.id, by=dana)
    relay = SystemActor(account_id, "relay", "test")
    async with site.ctx.read(account_id) as work:
        operation = (await work.requests.get_view(request.id)).operation
    assert operation is not None
    await begin_try(site.ctx, operation.id, by=relay)
    await record_outcome(site.ctx, operation.id, ProcessorAnswer(Outcome.SUCCEEDED, "re_1"), by=relay)
    async with site.ctx.read(account_id) as work:
        refund = await work.purchases.find_refund_by_operation(operation.id)
    assert refund is not None
    return refund.id


async def _second_helpdesk(site: Site) -> tuple[Helpdesk, Department]:
    helpdesk = Helpdesk(new_id(HelpdeskId), site.acme.account.id, "second", "Second", None, True, None)
    department = Department(new_id(DepartmentId), site.acme.account.id, helpdesk.id, "Billing")
    return await add_helpdesk(site.ctx, helpdesk, [department], by=_system(site)), department


async def _answer(site: Site, helpdesk: Helpdesk) -> AnswerTemplate:
    key = new_once_key()
    return await add_answer(site.ctx, helpdesk.id, name="No", text="No.", by=_system(site), once_key=key)


async def _attach(site: Site) -> UUID:
    """A file with a question of alice's."""
    by = site.acme.customer_actor(site.alice)
    ticket = await open_ticket(
        site.ctx,
        by=by,
        subject="A note",
        text="Here it is",
        department_id=None,
        once_key=new_once_key(),
        files=[CheckedFile("note.txt", "text/plain", b"a note")],
    )
    async with site.ctx.read(site.acme.account.id) as work:
        return (await work.files.list_of_ticket(ticket.id))[0].id


async def _membership(site: Site) -> Membership:
    draft = MembershipDraft(
        name="Members",
        site_url="",
        support=Support.HELPDESK,
        helpdesk_id=site.acme.helpdesk.id,
        external_url="",
        email="",
    )
    return await create_membership(site.ctx, draft, by=_system(site), once_key=new_once_key())


async def _hire(site: Site) -> Staff:
    return await add_staff(
        site.ctx,
        email=f"judy-{uuid4().hex[:6]}@acme.example",
        name="Judy",
        role=Role.VIEWER,
        password=PASSWORD,
        limit_minor=None,
        locale="en",
        by=_system(site),
    )


async def _connecting(site: Site) -> Connecting:
    """Begun by dana in a browser that nobody of these people sits at."""
    account, dana = site.acme.account, site.acme.staff["dana"]
    by = StaffActor(account.id, dana.id, Via.WEB, "127.0.0.1", "test", proved_at=site.ctx.now())
    return await begin_connecting(site.ctx, new_id(VisitId), by=by)


async def _link(site: Site, judy: Staff) -> str:
    """Acme has a workspace, in which Judy is somebody; and who is asked who they are there."""
    account = site.acme.account
    await connect_workspace(
        site.ctx,
        account.id,
        team_id="T0ACME",
        enterprise_id="",
        team_name="Acme",
        app_id="A0ACME",
        bot_user_id="U0BOT",
        bot_token="xoxb-acme",
        refresh_token=None,
        expires_at=None,
        scopes="chat:write",
        by=_system(site),
    )
    async with site.ctx.begin(account.id) as work:
        await work.channels.put_link(SlackLink(account.id, "T0ACME", "U0JUDY", judy.id))
        _, token = await make_offer(site.ctx, work, team_id="T0ACME", user_id="U0NEW")
    return token


async def _invite(site: Site) -> tuple[Invitation, str]:
    invitation = await invite_staff(
        site.ctx,
        email="ivan@acme.example",
        name="Ivan",
        terms=Terms(Role.VIEWER, None),
        locale="en",
        by=_system(site),
    )
    async with site.ctx.read(site.acme.account.id) as work:
        assert isinstance(work.accounts, Bound)
        mail = select(outbox.c.payload).where(outbox.c.kind == InvitationMail.kind)
        payload = (await work.accounts.connection.execute(mail)).scalar_one()
    return invitation, site.ctx.vault.unseal(payload["token"])
