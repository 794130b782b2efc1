"""How the app comes into a workspace and goes again: the consent that a person gives, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.events import Events
from selfbill.sandbox.slack.interactions import Answer
from selfbill.sandbox.slack.town import Town


class NotForUs(Exception):
    """An authorize address that Slack answers with an error page, never with a redirect."""


@dataclass(frozen=True)
class Consent:
    """What an authorize address asks for."""

    scopes: tuple[str, ...]
    state: str
    redirect_uri: str
    team_id: str  # asked for by the app, or empty

    @property
    def scope(self) -> str:
        return ",".join(self.scopes)


class Installing:
    """Consent, codes, uninstalling and revoking, for every workspace of the stand-in."""

    def __init__(self, town: Town, events: Events) -> None:
        self._town = town
        self._events = events

    def read(self, query: dict[str, str]) -> Consent:
        """What is asked for; raises NotForUs with the sentence of Slack's error page."""
        access = self._town.access
        if query.get("client_id") != access.client_id:
            raise NotForUs("Invalid client_id parameter")
        scopes = tuple(each for each in query.get("scope", "").split(",") if each)
        if not scopes:
            raise NotForUs("No scopes requested")
        foreign = [each for each in scopes if each not in access.declared.scopes]
        if foreign:
            raise NotForUs(f"Invalid permissions requested: {', '.join(foreign)}")
        redirect_uri = query.get("redirect_uri", "")
        if not redirect_uri or not access.declared.may_return_to(redirect_uri):
            raise NotForUs("redirect_uri did not match any configured URIs")
        access.asked |= set(scopes)
        return Consent(scopes, query.get("state", ""), redirect_uri, query.get("team", ""))

    def allow(self, core: Core, user: str, consent: Consent) -> str:
        """The address to which the browser goes back with a code for this workspace."""
        code = self._town.access.new_code(
            consent.scope, team_id=core.team_id, user=user, redirect_uri=consent.redirect_uri
        )
        return _with(consent.redirect_uri, code=code, state=consent.state)

    def cancel(self, consent: Consent) -> str:
        return _with(consent.redirect_uri, error="access_denied", state=consent.state)

    def authorize(self, user: str, url: str, *, allow: bool = True) -> str:
        """The whole consent of one person at an authorize address."""
        consent = self.read(dict(parse_qsl(urlsplit(url).query)))
        core = self._town.of_person(user)
        return self.allow(core, user, consent) if allow else self.cancel(consent)

    async def uninstall(self, core: Core) -> Answer:
        """Every token ends, the bot leaves its channels, and the app is told twice."""
        self._town.access.end_tokens(core.team_id, "account_inactive")
        bot = core.workspace.seed.bot_user_id
        for channel in core.workspace.channels.values():
            if bot in channel.members and not channel.is_im:
                channel.members.remove(bot)
        core.workspace.changed()
        await self._tell_revoked(core)
        return await self._events.tell(core, "app_uninstalled", {"type": "app_uninstalled"})

    async def revoke(self, core: Core) -> Answer:
        """Every token ends, as when somebody revokes them on the app's page."""
        self._town.access.end_tokens(core.team_id, "token_revoked")
        core.workspace.changed()
        return await self._tell_revoked(core)

    def expire(self, core: Core) -> None:
        """The access tokens of a workspace are over at this moment; its refresh tokens still work."""
        for token in self._town.access.live_tokens(core.team_id):
            token.expires_at = self._town.access.now() - timedelta(seconds=1)

    async def _tell_revoked(self, core: Core) -> Answer:
        tokens = {"oauth": [], "bot": [core.workspace.seed.bot_user_id]}
        return await self._events.tell(core, "tokens_revoked", {"type": "tokens_revoked", "tokens": tokens})


def _with(address: str, **said: str) -> str:
    joint = "&" if urlsplit(address).query else "?"
    return f"{address}{joint}{urlencode(said)}"
