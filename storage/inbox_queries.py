"""The inbox's pages: each state is an index of its own, walked in order until a page is full."""

from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, func, literal, or_, select, union_all

from billing.ids import AccountId
from billing.ports import InboxQuery, RequestFilter
from billing.ports.requests import STATES_OF
from billing.states import RequestState
from storage.tables.requests import requests

_q = requests.c


def page_of(account_id: AccountId, query: InboxQuery, limit: int) -> Select[Any]:
    """Ids and times of a page, in its order.

    Several states are asked one by one and merged: asked together, all that they hold would be sorted.
    """
    parts = []
    for state in STATES_OF[query.which]:
        found = select(_q.id, _q.asked_at).where(_q.account_id == account_id, _q.state == state)
        found = found.where(*_filters(query), *_after(query))
        part = found.order_by(*_order(query, _q)).limit(limit).subquery()
        parts.append(select(part.c.id, part.c.asked_at))
    merged = union_all(*parts).subquery()
    return select(merged.c.id, merged.c.asked_at).order_by(*_order(query, merged.c)).limit(limit)


def count_of(account_id: AccountId, query: InboxQuery, most: int) -> Select[Any]:
    """A row for each state: how many, counted up to `most`, so that a long past costs nothing."""
    parts = []
    for state in RequestState:
        found = select(_q.id).where(_q.account_id == account_id, _q.state == state, *_filters(query))
        counted = select(func.count()).select_from(found.limit(most).subquery()).scalar_subquery()
        parts.append(select(literal(state.value, String(32)).label("state"), counted.label("found")))
    merged = union_all(*parts).subquery()
    return select(merged.c.state, merged.c.found)


def _order(query: InboxQuery, columns: Any) -> tuple[ColumnElement[Any], ...]:
    """What waits is worked off from its oldest end; of the past the newest comes first."""
    if query.which is RequestFilter.WAITING:
        return columns.asked_at.asc(), columns.id.asc()
    return columns.asked_at.desc(), columns.id.desc()


def _after(query: InboxQuery) -> list[ColumnElement[bool]]:
    """Only what comes after the last one of the page before; the first condition is what an index takes."""
    if query.after is None:
        return []
    at, last = query.after
    if query.which is RequestFilter.WAITING:
        return [_q.asked_at >= at, or_(_q.asked_at > at, _q.id > last)]
    return [_q.asked_at <= at, or_(_q.asked_at < at, _q.id < last)]


def _filters(query: InboxQuery) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if query.kind is not None:
        wanted.append(_q.kind == query.kind)
    if query.asked_before is not None:
        wanted.append(_q.asked_at <= query.asked_before)
    if query.least is not None:
        wanted.append(and_(_q.amount_minor >= query.least.minor, _q.currency == query.least.currency.code))
    if query.most is not None:
        wanted.append(and_(_q.amount_minor <= query.most.minor, _q.currency == query.most.currency.code))
    if query.helpdesk_id is not None:
        wanted.append(_q.handled_in == query.helpdesk_id)
    if query.assignee_id is not None:
        wanted.append(_q.assignee_id == query.assignee_id)
    elif query.unassigned:
        wanted.append(_q.assignee_id.is_(None))
    return wanted
