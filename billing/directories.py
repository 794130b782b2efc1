"""The path of an account on the shared host: which may be chosen, and choosing another."""

import re
from dataclasses import replace

from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.errors import Invalid
from billing.records import Account
from billing.rights import must_manage
from billing.versions import must_be_seen

SHORTEST, LONGEST = 2, 63
# First segments of the server's own addresses; nothing behind them belongs to an account.
OF_THE_SERVER = frozenset({"static", "hooks", "support", "healthz", "readyz"})
# No account's directory or slug: the server's own, what would read like a page, and what may yet be one.
RESERVED = OF_THE_SERVER | frozenset(
    "about account accounts admin api app assets auth desk help helpdesk join login logout metrics new "
    "portal prove public selfbill sign-in sign-out sign-up signin signup start status widget www".split()
)
_DIRECTORY = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


def must_be_directory(text: str, *, field: str = "directory") -> str:
    """The path as it is kept, in lower case. Raises `Invalid` with the problem: what to do about it."""
    directory = text.strip().strip("/").lower()
    if not directory:
        raise Invalid(field, "missing")
    if len(directory) < SHORTEST:
        raise Invalid(field, "too-short", least=SHORTEST)
    if len(directory) > LONGEST:
        raise Invalid(field, "too-long", most=LONGEST)
    if not _DIRECTORY.fullmatch(directory):
        raise Invalid(field, "not-a-directory")
    if directory in RESERVED:
        raise Invalid(field, "reserved", word=directory)
    return directory


async def set_directory(
    ctx: Context, directory: str, *, by: StaffActor | SystemActor, seen: str | None = None
) -> Account:
    """Owners and managers choose the path of portal, helpdesks and desk; the old one stops at once,
    and stays theirs: nobody else may take it.

    `seen` is `version_of` the directory that the form showed. Raises `Invalid` (directory), `Stale`.
    """
    chosen = must_be_directory(directory)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.hold()
        must_be_seen(account.directory, seen)
        if chosen == account.directory:
            return account
        changed = replace(account, directory=chosen)
        await work.accounts.save(changed)
        await work.accounts.leave_directory(account.directory)
        facts = {"before": account.directory, "after": chosen}
        subject = f"account:{account.id.hex}"
        await work.journal.write(by, "directory.changed", subject, at=ctx.now(), facts=facts)
        return changed
