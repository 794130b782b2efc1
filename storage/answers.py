"""The answers that helpdesks keep ready."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update

from billing.ids import HelpdeskId, TemplateId
from billing.merchant import AnswerTemplate
from storage.bound import ACCOUNT, Bound, Shape, next_place
from storage.rows import plain_values
from storage.tables.timing import answer_templates

_t = answer_templates.c
_TEMPLATE = Shape((_t.id, _t.account_id, _t.helpdesk_id, _t.name, _t.text), AnswerTemplate)
_ALL = select(*_TEMPLATE.columns).where(_t.account_id == ACCOUNT).order_by(_t.place)
_ONE = _ALL.where(_t.id == bindparam("the_id"))
_OF_HELPDESK = _ALL.where(_t.helpdesk_id == bindparam("the_helpdesk"))


class StoredAnswers(Bound):
    """`billing.ports.Answers`."""

    async def list(self, helpdesk_id: HelpdeskId) -> Sequence[AnswerTemplate]:
        """In the order in which they were added."""
        return await self._list(_TEMPLATE, _OF_HELPDESK, the_helpdesk=helpdesk_id)

    async def get(self, template_id: TemplateId) -> AnswerTemplate:
        """Raises `NotFound`."""
        return await self._get(_TEMPLATE, _ONE, the_id=template_id)

    async def add(self, template: AnswerTemplate) -> None:
        """The last of its helpdesk."""
        await self._insert(answer_templates, {**plain_values(template), "place": next_place()})

    async def save(self, template: AnswerTemplate) -> None:
        """Its name and its words."""
        which = (_t.account_id == self.account_id, _t.id == template.id)
        change = update(answer_templates).where(*which)
        await self.connection.execute(change.values(name=template.name, text=template.text))

    async def drop(self, template_id: TemplateId) -> None:
        """It is not offered any more."""
        which = (_t.account_id == self.account_id, _t.id == template_id)
        await self.connection.execute(delete(answer_templates).where(*which))
