"""Sentences about Slack itself: why it is lost, and what to do about it; for pages and mails alike."""

from collections.abc import Mapping

from billing.states import Ended
from locales.translator import N_, Translator

_ENDED: Mapping[Ended, str] = {
    Ended.DISCONNECTED: N_("{workspace} was disconnected here in the desk."),
    Ended.UNINSTALLED: N_("In Slack, somebody removed the app from {workspace}."),
    Ended.REVOKED: N_(
        "Slack ended the app's access to {workspace}: somebody removed the app there or took that away."
    ),
    Ended.REPLACED: N_("Another workspace took the place of {workspace}."),
}
# By Slack's own code; each says what to do.
_TROUBLE: Mapping[str, str] = {
    "channel_not_found": N_(
        "Slack knows no channel {channel} that the app can see. Invite the app there, or choose another one."
    ),
    "is_archived": N_("{channel} is archived. Choose another channel, or bring it back in Slack."),
    "is_inactive": N_("{channel} is closed. Choose another channel, or bring it back in Slack."),
    "not_in_channel": N_("The app is not in {channel}. Invite it there, then send a test message."),
    "restricted_action": N_("The app may not post in {channel}. Allow it in Slack, or choose another one."),
    "missing_scope": N_("The app lacks a permission in Slack. Connect the workspace again."),
}
_OTHER = N_("Slack says “{code}”. Look at {channel} in Slack, then send a test message.")


def ended_sentence(why: Ended, workspace: str, say: Translator) -> str:
    """Why a workspace is no longer connected."""
    return say.text(_ENDED[why], workspace=workspace)


def trouble_sentence(problem: str, channel: str, say: Translator) -> str:
    """Why a channel takes no message, and what to do."""
    source = _TROUBLE.get(problem)
    if source is None:
        return say.text(_OTHER, code=problem, channel=channel)
    return say.text(source, channel=channel)
