"""The part of the URL map where Slack users and staff are told to be the same people."""

from functools import partial

from billing.plans import must_have_helpdesks
from billing.records import Staff
from billing.slack.records import LinkOffer
from portal.entries import MANAGERS, STAFF, Entry, Where, deed, page
from portal.views.desk import slack_link, slack_people

# Slack comes with helpdesks.
_page = partial(page, where=Where.DESK, plan=must_have_helpdesks)
_deed = partial(deed, where=Where.DESK, plan=must_have_helpdesks)

_PERSON, _LINK = "/slack/people/{staff_id}", "/slack/link/{token}"

WHO_ROUTES: list[Entry] = [
    _page("/slack/people", slack_people.show, name="slack-people", who=MANAGERS),
    _deed("/slack/people/read", slack_people.read_anew, name="slack-people-read", who=MANAGERS),
    # Everybody sees their own, owners and managers all; who changes what, the use cases say.
    _page(_PERSON, slack_people.show_one, name="slack-person", who=STAFF, names=Staff),
    _deed(_PERSON, slack_people.ask, name="slack-person", who=STAFF, names=Staff),
    _deed(f"{_PERSON}/unlink", slack_people.end, name="slack-unlink", who=STAFF, names=Staff),
    _page(_LINK, slack_link.show, name="slack-link", who=STAFF, names=LinkOffer),
    _deed(_LINK, slack_link.confirm, name="slack-link", who=STAFF, names=LinkOffer),
]
