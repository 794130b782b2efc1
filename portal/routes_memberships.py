"""Memberships, the plan and the first run in the URL map; `routes.py` puts it together."""

from billing.merchant import Membership
from portal.entries import MANAGERS, OWNERS, PUBLIC, Entry, Where, deed, hook, page
from portal.views import widget
from portal.views.desk import memberships, plan, start

_DESK = Where.DESK
_ALL, _NEW, _ONE = "/memberships", "/memberships/new", "/memberships/{membership_id}"

MEMBERSHIP_ROUTES: list[Entry] = [
    page(_ALL, memberships.show_all, name="memberships", who=MANAGERS, where=_DESK),
    page(_NEW, memberships.show_new, name="membership-new", who=MANAGERS, where=_DESK),
    deed(_NEW, memberships.create, name="membership-new", who=MANAGERS, where=_DESK),
    page(_ONE, memberships.show, name="membership", who=MANAGERS, where=_DESK, names=Membership),
    deed(_ONE, memberships.change, name="membership", who=MANAGERS, where=_DESK, names=Membership),
    deed(
        f"{_ONE}/archive",
        memberships.archive,
        name="membership-archive",
        who=MANAGERS,
        where=_DESK,
        names=Membership,
    ),
    page("/plan", plan.show, name="plan", who=MANAGERS, where=_DESK),
    deed("/plan", plan.change, name="plan", who=OWNERS, where=_DESK),
    page("/start", start.show, name="start", who=MANAGERS, where=_DESK),
    # Help icons on other sites lead to the first, and it to the second.
    hook(
        "GET",
        "/support/{slug}/{membership_id}",
        widget.open_support,
        name="help-icon",
        proof="only says where the support is",
    ),
    page("/membership/{membership_id}/support", widget.support, name="support", who=PUBLIC, names=Membership),
]
