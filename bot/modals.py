"""Pure: the modal that asks why a request is denied, and what replaces it when it came too late."""

from billing.emails import mask_email
from billing.texts import MOST_TEXT
from billing.views import RequestView
from bot.actions import ANSWER_ACTION, ANSWER_BLOCK, DENY_VIEW
from bot.blocks import request_title
from bot.marks import Block, clean, plain
from locales.translator import Translator


def deny_view(view: RequestView, metadata: str, say: Translator) -> Block:
    """The modal that asks why; what is typed goes to the customer."""
    return {
        "type": "modal",
        "callback_id": DENY_VIEW,
        "private_metadata": metadata,
        "title": plain(say.text("Deny this request"), 24),
        "submit": plain(say.text("Deny"), 24),
        "close": plain(say.text("Back"), 24),
        "blocks": [
            {"type": "section", "text": plain(_summary(view, say))},
            {
                "type": "input",
                "block_id": ANSWER_BLOCK,
                "label": plain(say.text("Message to the customer"), 2000),
                "hint": plain(say.text("The customer reads this on their page and in a mail."), 2000),
                "element": {
                    "type": "plain_text_input",
                    "action_id": ANSWER_ACTION,
                    "multiline": True,
                    "max_length": MOST_TEXT,
                },
            },
        ],
    }


def _summary(view: RequestView, say: Translator) -> str:
    return say.text(
        "{title} · {product} · {customer}",
        title=request_title(view.request, say),
        product=clean(view.product.name, 300),
        customer=clean(mask_email(view.customer.email), 300),
    )


def told_view(text: str, say: Translator) -> Block:
    """What replaces a modal that came too late."""
    return {
        "type": "modal",
        "title": plain(say.text("Deny this request"), 24),
        "close": plain(say.text("Close"), 24),
        "blocks": [{"type": "section", "text": plain(text)}],
    }
