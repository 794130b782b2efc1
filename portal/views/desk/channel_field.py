"""A field that names a Slack channel: by its name where channels are listed, else by its id."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from billing.slack.places import list_known_channels
from billing.slack.records import SlackChannel
from locales.translator import N_, Translator
from portal.keys import CONTEXT
from portal.session import staff

_MOST = 500  # a page holds no more


@dataclass(frozen=True, slots=True)
class ChannelOption:
    """A channel as the field names it, and whether the app is there."""

    name: str
    hint: str


async def find_channels(http: web.Request) -> tuple[SlackChannel, ...]:
    """As Slack last listed them."""
    return tuple(await list_known_channels(http.app[CONTEXT], by=staff(http)))


def channel_name(channels: Iterable[SlackChannel], chosen: str | None) -> str:
    """`#name` where it is known, else its id, or empty."""
    named = (f"#{each.name}" for each in channels if each.channel == chosen and each.name)
    return next(named, chosen or "")


def channel_options(channels: Iterable[SlackChannel], say: Translator) -> tuple[ChannelOption, ...]:
    """Those that the app is in first."""
    found = sorted(channels, key=lambda each: (not each.is_member, each.name))
    return tuple(
        ChannelOption(
            f"#{each.name}",
            say.text(N_("The app is there") if each.is_member else N_("The app is not there yet")),
        )
        for each in found[:_MOST]
    )
