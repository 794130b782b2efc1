"""The URL map of *Texts*: what merchants say in words of their own, by language."""

from functools import partial

from billing.merchant import MerchantText
from portal.entries import MANAGERS, Entry, Where, deed, page
from portal.views.desk import texts

_page = partial(page, who=MANAGERS, where=Where.DESK, names=MerchantText)
_deed = partial(deed, who=MANAGERS, where=Where.DESK, names=MerchantText)
_TEXT = "/texts/{text}"

TEXT_ROUTES: list[Entry] = [
    page("/texts", texts.show_all, name="texts", who=MANAGERS, where=Where.DESK),
    _page(_TEXT, texts.show, name="text"),
    _deed(_TEXT, texts.save, name="text"),
    _page(f"{_TEXT}/preview", texts.show, name="text-preview"),
    _deed(f"{_TEXT}/preview", texts.preview, name="text-preview"),
    _deed(f"{_TEXT}/remove", texts.remove, name="text-remove"),
]
