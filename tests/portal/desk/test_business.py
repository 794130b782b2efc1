"""Business details: who sells as documents print it, without JavaScript."""

from billing.documents.settings import show_business
from tests.people import dana, erin, frank
from tests.portal.files import FORM_TYPE, form, picture
from tests.site import Site

PATH = "/lumen/desk/business"


async def test_what_is_typed_is_saved_and_shown(sqlite_site: Site) -> None:
    erins = await sqlite_site.sign_in_staff(erin)
    page = await erins.get(PATH)
    typed = {"seller_name": "Lumen GmbH", "city": "Köln", "footer": "HRB 1234", "locale": "de"}
    saved = await erins.submit(page, "business", small_business="yes", mail_invoices="yes", **typed)
    assert "Saved." in saved.text
    business = await show_business(sqlite_site.ctx, by=sqlite_site.world.member(dana))
    assert (business.seller.name, business.seller.city, business.footer) == ("Lumen GmbH", "Köln", "HRB 1234")
    assert (business.locale, business.small_business, business.mail_invoices) == ("de", True, True)
    assert not business.corrections


async def test_what_cannot_be_is_refused_with_what_was_typed(sqlite_site: Site) -> None:
    erins = await sqlite_site.sign_in_staff(erin)
    page = await erins.get(PATH)
    wrong = await erins.submit(page, "business", seller_name="", tax_id="DE12", city="Bonn")
    assert wrong.status == 422
    assert 'value="Bonn"' in wrong.html
    wrong = await erins.submit(page, "business", tax_id="DE12", city="Bonn")
    assert wrong.status == 422
    assert "Please check this VAT ID" in wrong.text
    for field, value in (("time_zone", "Moon/Base"), ("colour", "red"), ("locale", "!!")):
        assert (await erins.submit(page, "business", **{field: value})).status == 422


async def test_somebody_else_saved_meanwhile(sqlite_site: Site) -> None:
    erins, danas = await sqlite_site.sign_in_staff(erin), await sqlite_site.sign_in_staff(dana)
    early = await erins.get(PATH)
    await danas.submit(await danas.get(PATH), "business", city="Hamburg", corrections="yes")
    stale = await erins.submit(early, "business", city="Bremen")
    assert stale.status == 409
    assert "Saved meanwhile Hamburg Yours Bremen" in stale.text
    assert "Saved meanwhile On Yours Off" in stale.text
    assert "Saved." in (await erins.submit(stale, "business")).text


async def test_agents_do_not_see_it(sqlite_site: Site) -> None:
    assert (await (await sqlite_site.sign_in_staff(frank)).get(PATH)).status == 403


async def test_a_logo_is_kept_as_a_picture_of_ours_and_taken_away_again(sqlite_site: Site) -> None:
    erins = await sqlite_site.sign_in_staff(erin)
    for name, content, status in (("logo.svg", b"<svg/>", 422), ("logo.gif", picture("GIF"), 200)):
        (shown,) = [each for each in (await erins.get(PATH)).forms() if each.action == PATH]
        body = form(shown.fields, ("logo", name, content))
        assert (await erins.send(PATH, body, content_type=FORM_TYPE)).status == status
    logo = await erins.get(f"{PATH}/logo")
    assert (logo.status, logo.headers["Content-Type"]) == (200, "image/png")
    (shown,) = [each for each in (await erins.get(PATH)).forms() if each.action == PATH]
    ticked = dict.fromkeys(("small_business", "corrections", "mail_invoices", "no_logo"), "yes")
    body = form({**shown.fields, **ticked}, ("logo", "", b""))  # as a browser sends it: all there is at once
    assert "Saved." in (await erins.send(PATH, body, content_type=FORM_TYPE)).text
    assert (await erins.get(f"{PATH}/logo")).status == 404
