"""`selfbill demo`: one merchant with a past, every outside party standing in, on one folder."""

import asyncio
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from billing.context import Context
from billing.records import Account, Helpdesk
from portal.keys import STATIC
from selfbill.demo_membership import MEMBER_SITE, find_snippet
from selfbill.demo_merchant import OWNER, SLUG, WORKSPACE, find_demo_customers, set_up_merchant
from selfbill.demo_words import tell_what_to_do
from selfbill.logs import set_up_logs
from selfbill.sandbox.dns import DnsSandbox
from selfbill.sandbox.mailbox import MailboxSandbox
from selfbill.sandbox.members import MemberSite, MembersSandbox
from selfbill.sandbox.processor.server import ProcessorSandbox
from selfbill.sandbox.processor.state import WebhookTarget
from selfbill.sandbox.slack.server import SlackSandbox
from selfbill.serve import listen_for_stop, serving
from selfbill.settings import Settings
from storage.migrate import upgrade

DEMO_FILE = "demo.json"
LOG_FILE = "selfbill.log"
_SECRETS = "secrets.json"
_LOCK = "running.lock"


@dataclass(frozen=True)
class Outside:
    """The stand-ins, each on a port of its own above the service's."""

    processor: ProcessorSandbox
    slack: SlackSandbox
    mailbox: MailboxSandbox


def is_demo_folder(folder: Path) -> bool:
    """Whether it is empty, absent, or was made by a demo: only such a one is ever emptied."""
    if not folder.is_dir():
        return not folder.exists()
    return (folder / _SECRETS).exists() or not any(folder.iterdir())


def make_folder(folder: Path, *, reset: bool = False) -> Path:
    """The folder, there to be written in; raises OSError."""
    if reset:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def run_demo(folder: Path, port: int, *, console: Console) -> None:
    """Until told to stop; raises OSError (port taken, folder not writable) and `DatabaseIsNewer`."""
    # The database, the log and the printed password are for whoever started it, on a shared machine too.
    os.umask(0o077)
    set_up_logs((folder / LOG_FILE).open("a"))
    _hold(folder)
    kept = _kept_secrets(folder)
    database = f"sqlite+aiosqlite:///{(folder / 'selfbill.sqlite3').resolve()}"
    await asyncio.to_thread(upgrade, database)
    async with (
        _outside(folder, port) as outside,
        MembersSandbox(port=port + 5) as members,
        DnsSandbox(port=port + 6, page_port=port + 7) as dns,
    ):
        settings = _settings(database, port, kept, outside, dns_server=dns.address)
        async with serving(settings) as service:
            ctx = service.context
            account, helpdesk = await set_up_merchant(
                service, folder, outside.processor, password=kept["password"], console=console
            )
            snippet = await find_snippet(ctx, account, helpdesk, members.url, service.app[STATIC])
            members.site = MemberSite(MEMBER_SITE, snippet.text, snippet.policy)
            origin = settings.public_url
            outside.slack.request_url = f"{origin}/hooks/slack"
            hook = f"{origin}/hooks/processor/{SLUG}"
            outside.processor.send_webhooks_to(WebhookTarget(hook, kept["stripe_webhook_secret"]))
            facts = _facts(ctx, folder, account, helpdesk, outside, password=kept["password"])
            facts["membership"] = members.url
            facts["name_server"] = dns.url
            (folder / DEMO_FILE).write_text(json.dumps(facts, indent=2) + "\n")
            stopping = listen_for_stop()
            tell_what_to_do(console, facts)
            await stopping.wait()
            console.print("Stopping …")


def _hold(folder: Path) -> None:
    """Nobody else runs a demo in this folder until this process ends; raises OSError."""
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(f"Another demo runs in {folder}: stop it, or choose another folder.") from None


async def run_sandbox(folder: Path, port: int, *, console: Console) -> None:
    """The stand-ins alone, until told to stop; prints the settings that lead to them."""
    async with _outside(folder, port - 1) as outside:
        stopping = listen_for_stop()
        for name, value in (
            ("STRIPE_API", outside.processor.url),
            ("STRIPE_KEY", outside.processor.secret_key),
            ("SLACK_API", outside.slack.base_url),
            ("SLACK_TEAM_ID", outside.slack.team_id),
            ("SLACK_BOT_TOKEN", outside.slack.bot_token),
            ("SLACK_APP_TOKEN", outside.slack.app_token),
            ("SLACK_SIGNING_SECRET", outside.slack.signing_secret),
            ("SLACK_CLIENT_ID", outside.slack.client_id),
            ("SLACK_CLIENT_SECRET", outside.slack.client_secret),
            ("SMTP_URL", f"smtp://127.0.0.1:{outside.mailbox.smtp_port}"),
        ):
            console.print(f"SELFBILL_{name}={value}", highlight=False, soft_wrap=True)
        await stopping.wait()


@asynccontextmanager
async def _outside(folder: Path, port: int) -> AsyncIterator[Outside]:
    data = folder / "outside"
    data.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        yield Outside(
            await stack.enter_async_context(ProcessorSandbox(data=data, port=port + 1)),
            await stack.enter_async_context(SlackSandbox(seed=WORKSPACE, data=data, port=port + 2)),
            await stack.enter_async_context(MailboxSandbox(data=data, port=port + 3, smtp_port=port + 4)),
        )


def _kept_secrets(folder: Path) -> dict[str, str]:
    """Made at the first start, the same ever after; nobody else may read them."""
    file = folder / _SECRETS
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text())
        return kept
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "stripe_webhook_secret": f"whsec_{secrets.token_hex(16)}",
        "password": "-".join(secrets.token_hex(3) for _ in range(3)),
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(made))
    return made


def _settings(
    database: str, port: int, kept: dict[str, str], outside: Outside, *, dns_server: str
) -> Settings:
    return Settings(
        database_url=database,
        secret_key=SecretStr(kept["secret_key"]),
        public_url=f"http://127.0.0.1:{port}",
        port=port,
        smtp_url=f"smtp://127.0.0.1:{outside.mailbox.smtp_port}",
        mail_from="billing@lumen.example",
        account=SLUG,
        stripe_key=SecretStr(outside.processor.secret_key),
        stripe_webhook_secret=SecretStr(kept["stripe_webhook_secret"]),
        stripe_api=outside.processor.url,
        slack_team_id=outside.slack.team_id,
        slack_bot_token=SecretStr(outside.slack.bot_token),
        slack_signing_secret=SecretStr(outside.slack.signing_secret),
        slack_client_id=outside.slack.client_id,
        slack_client_secret=SecretStr(outside.slack.client_secret),
        slack_api=outside.slack.base_url,
        dns_server=dns_server,
    )


def _facts(
    ctx: Context,
    folder: Path,
    account: Account,
    helpdesk: Helpdesk,
    outside: Outside,
    *,
    password: str,
) -> dict[str, object]:
    """What `demo.json` says: addresses, and who can sign in."""
    customer, subscriber = find_demo_customers(folder)
    return {
        "portal": ctx.addresses.portal(account),
        "helpdesk": ctx.addresses.helpdesk(account, helpdesk),
        "desk": ctx.addresses.desk(account),
        "mailbox": outside.mailbox.url,
        "slack": outside.slack.url,
        "processor": outside.processor.url,
        "customer": customer,
        "subscriber": subscriber,
        "staff": {"email": OWNER.email, "password": password},
    }
