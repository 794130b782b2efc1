"""Settings in, a service out: the one place that sees storage, processor, portal and bot together."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

from aiohttp import web

from billing import alarms, sending
from billing.actors import SystemActor
from billing.addresses import Addresses
from billing.context import Context
from billing.digests import ring_digest
from billing.domains import look_at_domain
from billing.edges import Envelope
from billing.errors import DeliveryFailed, NotFound
from billing.escalating import ring_reminder
from billing.ids import AccountId
from billing.inbox import ProcessorEvent
from billing.messages import Destination, DomainCheckDue, OperationPlanned, ProcessorHint
from billing.processing import card_moving
from billing.processing.card_carrying import carry_out_step
from billing.processing.checking import check_connection, drop_webhook, note_key_refused
from billing.processing.hints import read_hint
from billing.processing.messages import (
    CardLookDue,
    CardPageDue,
    CardStepDue,
    ConnectionCheckDue,
    SyncDue,
    WebhookDropDue,
)
from billing.processing.syncing import run_sync
from billing.processor import KeyRefused, PaymentProvider
from billing.providers.connected import ConnectedProviders
from billing.providers.stripe_events import KINDS, read_event
from billing.relay import Deliver, Relay
from billing.resolver import TextResolver
from billing.slack.profiles import ring_profiles
from billing.slack.tokens import ring_rotation
from billing.states import AlarmKind
from billing.vault import Vault
from bot.app import Bot, build_bot
from bot.deliveries import slack_deliveries
from bot.deliveries.installing import SlackApp
from bot.http import SlackHook
from bot.manifest import ASKED_SCOPES, CALLBACK
from bot.socket import SocketLine
from locales.catalogues import AVAILABLE, PSEUDO
from portal.app import build_app
from portal.documents.gathering import document_deliveries
from portal.entries import hook
from portal.keys import AddToSlack, PortalSettings, ProcessorHook
from portal.mail import MailSender
from portal.mail_deliveries import mail_deliveries
from selfbill.dns import DnsResolver
from selfbill.settings import Settings
from selfbill.vault import SettingsVault
from storage.store import open_store

Clock = Callable[[], datetime]
# What a worker does at a time of its own.
HANDLERS: Mapping[AlarmKind, alarms.Ring] = {
    AlarmKind.REMINDER: ring_reminder,
    AlarmKind.DIGEST: ring_digest,
    AlarmKind.PROFILES: ring_profiles,
    AlarmKind.ROTATION: ring_rotation,
}

Carry = Callable[[Context, PaymentProvider, Envelope], Awaitable[None]]
# What the relay carries to an account's payment processor, by kind of message.
CARRIED: Mapping[str, Carry] = {
    OperationPlanned.kind: sending.send_operation,
    ProcessorHint.kind: read_hint,
    CardPageDue.kind: card_moving.open_page,
    CardLookDue.kind: card_moving.look,
    CardStepDue.kind: carry_out_step,
    SyncDue.kind: run_sync,
}
# Nothing left the house: it waits for as long as nobody connects a processor.
_UNTIL_CONNECTED = timedelta(minutes=1)


@dataclass(frozen=True)
class Service:
    """A wired service: nothing runs yet. `socket` is there in Socket Mode only."""

    context: Context
    app: web.Application
    relay: Relay
    clock: alarms.Clock
    providers: ConnectedProviders
    bot: Bot | None
    socket: SocketLine | None


def utc_now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_service(
    settings: Settings, *, now: Clock = utc_now, vault: Vault | None = None
) -> AsyncIterator[Service]:
    """Everything connected by these settings, closed at the end of the block."""
    store = open_store(settings.database_url, settings.database_patience)
    vault = vault or SettingsVault(settings.secret_key.get_secret_value())
    ctx = Context(store=store, vault=vault, addresses=Addresses(settings.public_url), now=now)
    providers = ConnectedProviders(ctx, api=settings.stripe_api)
    bot = _bot(ctx, settings)
    try:
        yield Service(
            context=ctx,
            app=_portal(ctx, settings, bot),
            relay=Relay(ctx, _deliveries(settings, providers, bot)),
            clock=alarms.Clock(ctx, HANDLERS),
            providers=providers,
            bot=bot,
            socket=_socket(settings, bot),
        )
    finally:
        await providers.close()
        if bot is not None:
            await bot.clients.close()
        await store.close()


def _bot(ctx: Context, settings: Settings) -> Bot | None:
    signing = settings.slack_signing_secret
    if signing is None and settings.slack_app_token is None:
        return None
    secret = signing.get_secret_value() if signing else ""
    return build_bot(ctx, signing_secret=secret, base_url=settings.slack_api)


def _socket(settings: Settings, bot: Bot | None) -> SocketLine | None:
    if bot is None or settings.slack_app_token is None:
        return None
    token = settings.slack_app_token.get_secret_value()
    return SocketLine(bot.app, token, base_url=settings.slack_api)


def _portal(ctx: Context, settings: Settings, bot: Bot | None) -> web.Application:
    portal = PortalSettings(
        trusted_proxies=settings.trusted_proxies, processor_hook=_processor_hook(ctx), processor_kinds=KINDS
    )
    if settings.pseudo_locale:
        portal = replace(portal, languages=(*AVAILABLE, PSEUDO))
    if settings.slack_client_id:
        portal = replace(portal, add_to_slack=_add_to_slack(settings))
    hooks = []
    if bot is not None and settings.slack_signing_secret is not None:
        slack = SlackHook(bot.app, signing_secret=settings.slack_signing_secret.get_secret_value())
        hooks.append(hook("POST", "/hooks/slack", slack.handle, name="slack", proof="Slack signature"))
    return build_app(context=ctx, settings=portal, extra_routes=hooks)


def _slack_app(settings: Settings) -> SlackApp | None:
    if settings.slack_client_secret is None:
        return None
    secret = settings.slack_client_secret.get_secret_value()
    return SlackApp(settings.slack_client_id, secret, settings.public_url + CALLBACK)


def _add_to_slack(settings: Settings) -> AddToSlack:
    """Slack's consent page stands beside its methods."""
    return AddToSlack(
        client_id=settings.slack_client_id,
        authorize=urljoin(settings.slack_api, "/oauth/v2/authorize"),
        scopes=ASKED_SCOPES,
        redirect_uri=settings.public_url + CALLBACK,
    )


def _processor_hook(ctx: Context) -> ProcessorHook:
    async def verify(slug: str, body: bytes, headers: Mapping[str, str]) -> tuple[AccountId, ProcessorEvent]:
        live = await ctx.store.find_live_connection(slug)
        if live is None or live.webhook_secret is None:
            raise NotFound
        secret = ctx.vault.unseal(live.webhook_secret)
        event = read_event(body, headers.get("Stripe-Signature", ""), secret, now=ctx.now())
        if event.livemode != live.livemode or event.account not in {"", live.processor_account}:
            raise ValueError("of another account, or of another mode")
        return live.account_id, event

    return verify


def _deliveries(
    settings: Settings, providers: ConnectedProviders, bot: Bot | None
) -> Mapping[Destination, Mapping[str, Deliver]]:
    sender = MailSender(settings.smtp_url, settings.mail_from)
    slack = slack_deliveries(bot.clients, _slack_app(settings)) if bot is not None else {}
    return {
        Destination.PROCESSOR: processor_deliveries(providers),
        Destination.MAIL: mail_deliveries(sender),
        Destination.SLACK: slack,
        Destination.DOCUMENTS: document_deliveries(),
        Destination.DNS: dns_deliveries(DnsResolver(settings.dns_server, settings.dns_patience)),
    }


def dns_deliveries(resolver: TextResolver) -> Mapping[str, Deliver]:
    """What the relay asks the domain name system, by kind of message."""

    async def look(ctx: Context, envelope: Envelope) -> None:
        await look_at_domain(ctx, resolver, envelope)

    return {DomainCheckDue.kind: look}


def processor_deliveries(providers: ConnectedProviders) -> Mapping[str, Deliver]:
    """What the relay carries to payment processors, by kind of message."""

    def by_account(carry: Carry) -> Deliver:
        async def deliver(ctx: Context, envelope: Envelope) -> None:
            found = await providers.serving(envelope.account_id)
            if found is None:
                why = "no processor is connected to this account"
                raise DeliveryFailed(why, after=_UNTIL_CONNECTED, untouched=True)
            live, provider = found
            try:
                await carry(ctx, provider, envelope)
            except KeyRefused as refused:
                by = SystemActor(envelope.account_id, "processor", envelope.trace_id)
                await note_key_refused(ctx, envelope.account_id, live.id, by=by)
                why = "the processor takes the account's key no more"
                raise DeliveryFailed(why, after=_UNTIL_CONNECTED, untouched=True) from refused

        return deliver

    async def check(ctx: Context, envelope: Envelope) -> None:
        await check_connection(ctx, providers, envelope)

    async def drop(ctx: Context, envelope: Envelope) -> None:
        await drop_webhook(ctx, providers, envelope)

    return {
        **{kind: by_account(carry) for kind, carry in CARRIED.items()},
        ConnectionCheckDue.kind: check,
        WebhookDropDue.kind: drop,
    }
