"""What the app says of itself: its manifest's scopes, events, commands, domains and redirect addresses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

# What the bot's manifest declares (slack.md, 7), the optional history scopes included.
SCOPES = (
    "chat:write",
    "users:read",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "commands",
    "im:write",
    "links:read",
    "links:write",
)

MEANING = {
    "chat:write": "Send messages",
    "users:read": "See the people of the workspace",
    "users:read.email": "See the e-mail addresses of these people",
    "channels:read": "See the public channels",
    "groups:read": "See the private channels it was added to",
    "channels:history": "Read messages of the public channels it was added to",
    "groups:history": "Read messages of the private channels it was added to",
    "im:history": "Read messages people send to it directly",
    "im:read": "See its direct messages",
    "im:write": "Begin direct messages with people",
    "commands": "Add slash commands",
    "links:read": "See addresses of its own site in messages",
    "links:write": "Show previews of such addresses",
}

# An event as it is subscribed to → the scopes of which one is needed; none for what every app may hear.
EVENTS: dict[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_uninstalled": (),
    "tokens_revoked": (),
    "user_change": ("users:read",),
    "link_shared": ("links:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "channel_archive": ("channels:read",),
    "channel_left": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "group_archive": ("groups:read",),
    "group_left": ("groups:read",),
    "group_rename": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
}


@dataclass(frozen=True)
class Declared:
    """None stands for "anything": a test that is not about the manifest need not write one."""

    scopes: Collection[str] = SCOPES
    events: Collection[str] | None = None
    commands: Collection[str] | None = None
    unfurl_domains: Collection[str] | None = None
    redirect_urls: Collection[str] | None = None
    answers_messages: bool = True  # whether people may write in the app's Messages tab
    rotates: bool = True  # tokens of OAuth live for hours and come with a refresh token

    def hears(self, event: str) -> bool:
        return self.events is None or event in self.events

    def has_command(self, name: str) -> bool:
        return self.commands is None or name in self.commands

    def unfurls(self, host: str) -> bool:
        """A domain stands for its subdomains too."""
        domains = self.unfurl_domains
        return domains is None or any(host == each or host.endswith(f".{each}") for each in domains)

    def may_return_to(self, url: str) -> bool:
        """Slack takes any address below a registered one."""
        return self.redirect_urls is None or any(url.startswith(each) for each in self.redirect_urls)


def declared_by(manifest: Mapping[str, Any]) -> Declared:
    """What an app manifest declares, Slack's defaults where it is silent."""
    features, settings = manifest.get("features", {}), manifest.get("settings", {})
    oauth, home = manifest.get("oauth_config", {}), features.get("app_home", {})
    scopes = oauth.get("scopes", {})
    return Declared(
        scopes=tuple(dict.fromkeys((*scopes.get("bot", ()), *scopes.get("bot_optional", ())))),
        events=tuple(settings.get("event_subscriptions", {}).get("bot_events", ())),
        commands=tuple(each["command"] for each in features.get("slash_commands", ())),
        unfurl_domains=tuple(features.get("unfurl_domains", ())),
        redirect_urls=tuple(oauth.get("redirect_urls", ())) or None,
        answers_messages=not home.get("messages_tab_read_only_enabled", False),
        rotates=bool(settings.get("token_rotation_enabled", False)),
    )
