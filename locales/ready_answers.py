"""A template's places filled for one request: in the language in which its customer reads."""

from billing.text_places import Place, fill_places
from billing.views import RequestView
from locales.translator import Translator, get_translator


def customers_voice(view: RequestView) -> Translator:
    """The customer's language, else the account's; the account's time zone."""
    return get_translator(view.customer.locale or view.account.locale, view.account.time_zone)


def fill_answer(text: str, view: RequestView) -> str:
    """The text as its customer reads it: every place filled."""
    return fill_places(
        text, {**_of_the_sale(view), Place.CUSTOMER_NAME: view.customer.name or view.customer.email}
    )


def fill_without_name(text: str, view: RequestView) -> str:
    """The same with the customer's name left open, for where names do not go."""
    return fill_places(text, _of_the_sale(view))


def _of_the_sale(view: RequestView) -> dict[Place, str]:
    say, request = customers_voice(view), view.request
    amount = request.refund_amount or (view.payment.captured if view.payment else None)
    return {
        Place.PRODUCT: view.product.name,
        Place.AMOUNT: say.money(amount) if amount else "",
        Place.ORDER_ID: (view.payment.order_id or "") if view.payment else "",
    }
