"""QR codes: what must fit into one does."""

from dataclasses import replace

from billing.second_factor import offer_factor
from portal.qr import draw_qr
from tests.portal.site import Site


async def test_a_second_factor_fits_whatever_the_merchant_is_called(shared_site: Site) -> None:
    account = replace(shared_site.acme.account, name="\U0001f427" * 300)
    somebody = replace(shared_site.acme.staff["dana"], email="\u6771" * 60 + "@" + "\u4eac." * 60 + "example")
    offer = offer_factor(shared_site.ctx, account, somebody)
    assert draw_qr(offer.address).path
