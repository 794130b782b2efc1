"""What Slack must know of the app, as one table that the code uses: scopes, events, commands, addresses."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

# Without one of these the app is not connected.
SCOPES = (
    "chat:write",
    "users:read",
    "channels:read",
    "groups:read",
    "commands",
    "im:write",
    "links:read",
    "links:write",
)
# Reading threads, and looking for a message whose answer was lost.
OPTIONAL_SCOPES = ("channels:history", "groups:history")
ASKED_SCOPES = (*SCOPES, *OPTIONAL_SCOPES)

# What we listen to → what it is subscribed to as.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "app_home_opened": ("app_home_opened",),
    "app_uninstalled": ("app_uninstalled",),
    "channel_archive": ("channel_archive",),
    "channel_left": ("channel_left",),
    "group_archive": ("group_archive",),
    "group_left": ("group_left",),
    "link_shared": ("link_shared",),
    "message": ("message.channels", "message.groups"),
    "tokens_revoked": ("tokens_revoked",),
    "user_change": ("user_change",),
}
COMMANDS: Mapping[str, tuple[str, str]] = {
    "/refunds": ("See what waits, or find a request", "[A1B2C3 | @customer | help]"),
}

# Below our public address.
REQUESTS, CALLBACK = "/hooks/slack", "/hooks/slack/callback"


def draw_manifest(public_url: str, *, socket_mode: bool) -> dict[str, Any]:
    """The app manifest for this address, as Slack takes it in JSON.

    In Socket Mode Slack needs no address of ours, and gives a token that stays.
    """
    subscribed = sorted({each for names in EVENTS.values() for each in names})
    receiving = {} if socket_mode else {"request_url": public_url + REQUESTS}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Selfbill",
            "description": "Refunds and cancellations, decided where your team talks",
            "background_color": "#2f5bd3",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Selfbill", "always_online": True},
            "slash_commands": list(_commands(public_url, socket_mode)),
            **_previews(public_url),
        },
        "oauth_config": {
            **({} if socket_mode else {"redirect_urls": [public_url + CALLBACK]}),
            "scopes": {"bot": list(ASKED_SCOPES), "bot_optional": list(OPTIONAL_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {**receiving, "bot_events": subscribed},
            "interactivity": {"is_enabled": True, **receiving},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": not socket_mode,
        },
    }


def _commands(public_url: str, socket_mode: bool) -> Iterable[dict[str, Any]]:
    for name, (description, hint) in COMMANDS.items():
        address = {} if socket_mode else {"url": public_url + REQUESTS}
        yield {"command": name, **address, "description": description, "usage_hint": hint}


def _previews(public_url: str) -> dict[str, Any]:
    """Slack previews addresses of names with a dot; loopback has none that it takes."""
    host = urlsplit(public_url).hostname or ""
    is_name = "." in host and not host.rpartition(".")[2].isdigit()
    return {"unfurl_domains": [host]} if is_name else {}
