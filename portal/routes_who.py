"""The part of the URL map where Slack users and staff are told to be the same people."""

from billing.plans import must_have_helpdesks
from billing.records import Staff
from billing.slack.records import LinkOffer
from portal.entries import MANAGERS, STAFF, Entry, Where, deed, page
from portal.views.desk import slack_link, slack_people

DESK = Where.DESK

WHO_ROUTES: list[Entry] = [
    page(
        "/slack/people",
        slack_people.show,
        name="slack-people",
        who=MANAGERS,
        where=DESK,
        plan=must_have_helpdesks,
    ),
    deed(
        "/slack/people/read",
        slack_people.read_anew,
        name="slack-people-read",
        who=MANAGERS,
        where=DESK,
        plan=must_have_helpdesks,
    ),
    # Everybody's own; owners and managers see all, the use cases say who changes what.
    page(
        "/slack/people/{staff_id}",
        slack_people.show_one,
        name="slack-person",
        who=STAFF,
        where=DESK,
        names=Staff,
        plan=must_have_helpdesks,
    ),
    deed(
        "/slack/people/{staff_id}",
        slack_people.ask,
        name="slack-person",
        who=STAFF,
        where=DESK,
        names=Staff,
        plan=must_have_helpdesks,
    ),
    deed(
        "/slack/people/{staff_id}/unlink",
        slack_people.end,
        name="slack-unlink",
        who=STAFF,
        where=DESK,
        names=Staff,
        plan=must_have_helpdesks,
    ),
    page(
        "/slack/link/{token}",
        slack_link.show,
        name="slack-link",
        who=STAFF,
        where=DESK,
        names=LinkOffer,
        plan=must_have_helpdesks,
    ),
    deed(
        "/slack/link/{token}",
        slack_link.confirm,
        name="slack-link",
        who=STAFF,
        where=DESK,
        names=LinkOffer,
        plan=must_have_helpdesks,
    ),
]
