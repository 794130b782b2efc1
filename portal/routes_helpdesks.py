"""The URL map of helpdesks, their wizard, and the desk's files. `routes.py` puts it together."""

from functools import partial

from billing.merchant import AnswerTemplate, Attachment
from billing.plans import must_have_helpdesks
from billing.records import Department, Helpdesk
from portal.entries import MANAGERS, STAFF, Entry, Where, deed, page
from portal.views.desk import (
    answers,
    departments,
    helpdesk_self_billing,
    helpdesk_steps,
    helpdesks,
    tickets,
    working_hours,
)

DESK = Where.DESK

# A plan without helpdesks has the list alone, which says what to do.
_PLAN = must_have_helpdesks
_page = partial(page, who=MANAGERS, where=DESK, names=Helpdesk, plan=_PLAN)
_deed = partial(deed, who=MANAGERS, where=DESK, names=Helpdesk, plan=_PLAN)
_of_answer = partial(deed, who=MANAGERS, where=DESK, names=AnswerTemplate, plan=_PLAN)
_of_department = partial(deed, who=MANAGERS, where=DESK, names=Department, plan=_PLAN)

_ONE = "/helpdesks/{helpdesk_id}"
_SELF_BILLING, _TEAM, _LOOKS = f"{_ONE}/self-billing", f"{_ONE}/team", f"{_ONE}/appearance"
_DEPARTMENTS, _DEPARTMENT = f"{_ONE}/departments", "/departments/{department_id}"
_ANSWERS, _ANSWER = f"{_ONE}/answers", "/answers/{template_id}"

HELPDESK_ROUTES: list[Entry] = [
    page("/helpdesks", helpdesks.show_all, name="helpdesks", who=MANAGERS, where=DESK),
    page("/helpdesks/new", helpdesks.show_new, name="helpdesk-new", who=MANAGERS, where=DESK, plan=_PLAN),
    deed("/helpdesks/new", helpdesks.create, name="helpdesk-new", who=MANAGERS, where=DESK, plan=_PLAN),
    _page(_ONE, helpdesk_steps.show_details, name="helpdesk"),
    _deed(_ONE, helpdesk_steps.save_details, name="helpdesk"),
    _page(_DEPARTMENTS, departments.show, name="helpdesk-departments"),
    _deed(_DEPARTMENTS, departments.add, name="helpdesk-departments"),
    _of_department(f"{_DEPARTMENT}/rename", departments.rename, name="department-rename"),
    _of_department(f"{_DEPARTMENT}/archive", departments.archive, name="department-archive"),
    _page(_ANSWERS, answers.show_all, name="helpdesk-answers"),
    _deed(_ANSWERS, answers.add, name="helpdesk-answers"),
    page(_ANSWER, answers.show, name="answer", who=MANAGERS, where=DESK, names=AnswerTemplate, plan=_PLAN),
    _of_answer(_ANSWER, answers.change, name="answer"),
    _of_answer(f"{_ANSWER}/drop", answers.drop, name="answer-drop"),
    _page(_SELF_BILLING, helpdesk_self_billing.show, name="helpdesk-self-billing"),
    _deed(_SELF_BILLING, helpdesk_self_billing.save, name="helpdesk-self-billing"),
    _page(_TEAM, helpdesk_steps.show_team, name="helpdesk-team"),
    _deed(_TEAM, helpdesk_steps.save_team, name="helpdesk-team"),
    _page(f"{_ONE}/hours", working_hours.show, name="helpdesk-hours"),
    _deed(f"{_ONE}/hours", working_hours.save, name="helpdesk-hours"),
    _page(_LOOKS, helpdesk_steps.show_appearance, name="helpdesk-appearance"),
    _deed(_LOOKS, helpdesk_steps.save_appearance, name="helpdesk-appearance", upload=True),
    _page(f"{_ONE}/logo", helpdesks.logo, name="helpdesk-logo"),
    _page(f"{_ONE}/install", helpdesks.show_install, name="helpdesk-install"),
    _deed(f"{_ONE}/archive", helpdesks.archive, name="helpdesk-archive"),
    _deed(f"{_ONE}/restore", helpdesks.restore, name="helpdesk-restore"),
    page(
        "/files/{attachment_id}",
        tickets.download,
        name="attachment",
        who=STAFF,
        where=DESK,
        names=Attachment,
    ),
]
