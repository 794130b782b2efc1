"""The portal's address in a real browser: copied by a button, drawn as a code, there without JavaScript."""

from playwright.async_api import expect

from portal.qr import draw_qr
from tests.journeys.conftest import Stage
from tests.people import erin


async def test_the_address_is_copied_and_its_code_is_drawn(stage: Stage) -> None:
    page = (await stage.desk(erin, permissions=["clipboard-read", "clipboard-write"])).page
    menu = page.get_by_role("navigation", name="Desk")
    await menu.get_by_role("link", name="Portal address").click()
    address = stage.places.portal
    await expect(page.get_by_label("Billing portal", exact=True)).to_have_value(address)
    await page.get_by_role("button", name="Copy – Billing portal").press("Enter")
    await expect(page.get_by_text("Copied.")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == address
    code = page.get_by_role("img", name=f"QR code that leads to {address}")
    await expect(code.locator("path").last).to_have_attribute("d", draw_qr(address).path)
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download as SVG").click()
    assert (await download.value).suggested_filename == "lumen-qr.svg"

    bare = (await stage.desk(erin, java_script_enabled=False)).page
    await bare.goto(f"{address}/desk/address")
    await expect(bare.get_by_label("Billing portal", exact=True)).to_have_value(address)
    await expect(bare.get_by_role("button", name="Copy – Billing portal")).to_be_hidden()
    await bare.get_by_role("textbox", name="Path").fill("lumen studio")
    await bare.get_by_role("button", name="Change the path").click()
    await expect(bare.get_by_text("Please use the letters a to z, digits and hyphens")).to_be_visible()
    await expect(bare.get_by_role("textbox", name="Path")).to_be_focused()
    await expect(bare.get_by_role("textbox", name="Path")).to_have_value("lumen studio")
