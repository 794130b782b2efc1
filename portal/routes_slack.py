"""The part of the URL map that is about Slack: connecting it, where cards go, who is who there."""

from functools import partial

from billing.plans import must_have_helpdesks
from billing.records import Helpdesk
from billing.slack.records import Connecting
from portal.entries import MANAGERS, OWNERS, Entry, Where, deed, hook, page
from portal.views.desk import slack, slack_adding

DESK = Where.DESK

# Slack comes with helpdesks.
_PLAN = must_have_helpdesks
_page = partial(page, who=MANAGERS, where=DESK, plan=_PLAN)
_deed = partial(deed, who=MANAGERS, where=DESK, plan=_PLAN)
_owners_page = partial(page, who=OWNERS, where=DESK, plan=_PLAN)
_owners_deed = partial(deed, who=OWNERS, where=DESK, plan=_PLAN)

_CHANNEL, _CONNECTING = "/slack/helpdesks/{helpdesk_id}", "/slack/connecting/{connecting_id}"

_ADDING: list[Entry] = [
    _owners_page("/slack/add", slack_adding.show_add, name="slack-add"),
    _owners_deed("/slack/add", slack_adding.add, name="slack-add"),
    _owners_page("/slack/back", slack_adding.back, name="slack-back"),
    _owners_page("/slack/over", slack_adding.show_over, name="slack-over"),
    _owners_page(_CONNECTING, slack_adding.show_step, name="slack-connecting", names=Connecting),
    _owners_page(
        f"{_CONNECTING}/events", slack_adding.step_events, name="slack-connecting-events", names=Connecting
    ),
    _owners_page("/slack/disconnect", slack.show_disconnect, name="slack-disconnect"),
    _owners_deed("/slack/disconnect", slack.leave, name="slack-disconnect"),
]

SLACK_ROUTES: list[Entry] = [
    _page("/slack", slack.show, name="slack"),
    _page("/slack/events", slack.events, name="slack-events"),
    _deed("/slack/channels", slack.refresh, name="slack-channels"),
    _deed(f"{_CHANNEL}/channel", slack.choose_channel, name="slack-channel", names=Helpdesk),
    _deed(f"{_CHANNEL}/test", slack.try_channel, name="slack-test", names=Helpdesk),
    *_ADDING,
]

SLACK_HOOKS: list[Entry] = [
    hook(
        "GET",
        "/hooks/slack/callback",
        slack_adding.callback,
        name="slack-callback",
        proof="only leads on to the desk, where the state counts in the visit it was made for",
    ),
]
