"""The part of the URL map where staff come in, look after their own access, and owners after the team."""

from billing.merchant import Invitation
from billing.records import Staff
from portal.entries import MANAGERS, OWNERS, PUBLIC, STAFF, Entry, Where, deed, hook, page
from portal.views import hooks
from portal.views.desk import join, journal, mail_preview, me, prove, second_factor, team

DESK = Where.DESK

# Nobody is signed in here yet: the pages themselves ask for the half visit, or for the invitation's token.
_COMING_IN: list[Entry] = [
    page("/sign-in/factor", second_factor.show, name="factor", who=PUBLIC, where=DESK),
    deed("/sign-in/factor", second_factor.give, name="factor", who=PUBLIC, where=DESK),
    page("/sign-in/set-up", second_factor.show_set_up, name="factor-setup", who=PUBLIC, where=DESK),
    deed("/sign-in/set-up", second_factor.set_up, name="factor-setup", who=PUBLIC, where=DESK),
    page("/join/{token}", join.show, name="join", who=PUBLIC, where=DESK, names=Invitation),
    deed("/join/{token}", join.enter, name="join", who=PUBLIC, where=DESK, names=Invitation),
]

_OWN: list[Entry] = [
    page("/prove", prove.show, name="prove", who=STAFF, where=DESK),
    deed("/prove", prove.enter, name="prove", who=STAFF, where=DESK),
    page("/me", me.show, name="me", who=STAFF, where=DESK),
    deed("/me/password", me.password, name="my-password", who=STAFF, where=DESK),
    deed("/me/zone", me.zone, name="my-zone", who=STAFF, where=DESK),
    deed("/me/language", me.language, name="my-language", who=STAFF, where=DESK),
    deed("/me/mails", me.mails, name="my-mails", who=STAFF, where=DESK),
    deed("/me/sign-out", me.leave_everywhere, name="sign-out-everywhere", who=STAFF, where=DESK),
    page("/me/factor", second_factor.show_mine, name="my-factor", who=STAFF, where=DESK),
    deed("/me/factor", second_factor.set_mine, name="my-factor", who=STAFF, where=DESK),
    deed("/me/factor/remove", second_factor.remove_mine, name="factor-remove", who=STAFF, where=DESK),
    page("/me/recovery-codes", second_factor.show_codes, name="recovery-codes", who=STAFF, where=DESK),
    deed("/me/recovery-codes", second_factor.make_codes, name="recovery-codes", who=STAFF, where=DESK),
]

_TEAM: list[Entry] = [
    page("/team", team.show, name="team", who=OWNERS, where=DESK),
    deed("/team/second-factor", team.require, name="factor-rule", who=OWNERS, where=DESK),
    page("/team/invite", team.show_invite, name="invite", who=OWNERS, where=DESK),
    deed("/team/invite", team.invite, name="invite", who=OWNERS, where=DESK),
    deed(
        "/team/invitations/{invitation_id}/withdraw",
        team.withdraw,
        name="invitation-withdraw",
        who=OWNERS,
        where=DESK,
        names=Invitation,
    ),
    page("/team/people/{staff_id}", team.show_one, name="member", who=OWNERS, where=DESK, names=Staff),
    deed("/team/people/{staff_id}", team.change, name="member", who=OWNERS, where=DESK, names=Staff),
    deed(
        "/team/people/{staff_id}/deactivate",
        team.deactivate,
        name="member-deactivate",
        who=OWNERS,
        where=DESK,
        names=Staff,
    ),
    deed(
        "/team/people/{staff_id}/reactivate",
        team.reactivate,
        name="member-reactivate",
        who=OWNERS,
        where=DESK,
        names=Staff,
    ),
    deed(
        "/team/people/{staff_id}/reset-factor",
        team.reset,
        name="member-reset-factor",
        who=OWNERS,
        where=DESK,
        names=Staff,
    ),
]

_REMINDERS = "/hooks/reminders/{account_id}/{staff_id}/{token}"
_MAILS: list[Entry] = [
    hook("GET", _REMINDERS, hooks.show_reminders, name="reminders", proof="only leads to the desk"),
    hook("POST", _REMINDERS, hooks.reminders, name="reminders", proof="a token that is in their mails alone"),
    page("/mails", mail_preview.show, name="mails", who=MANAGERS, where=DESK),
    page("/mails/html", mail_preview.show_html, name="mail-html", who=MANAGERS, where=DESK),
]

_JOURNAL: list[Entry] = [
    page("/journal", journal.show, name="journal", who=MANAGERS, where=DESK),
    page("/journal/export", journal.export, name="journal-export", who=MANAGERS, where=DESK),
]

TEAM_ROUTES: list[Entry] = [*_COMING_IN, *_OWN, *_TEAM, *_MAILS, *_JOURNAL]
