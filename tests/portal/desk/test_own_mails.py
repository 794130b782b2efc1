"""Which mails staff want: chosen in My account, or ended by a mail program with the token of a mail."""

from billing.actors import StaffActor, Via
from billing.reminder_mails import stopping_token, wants_reminders
from tests.portal.site import Site

ME = "/acme/desk/me"


async def is_mailed(site: Site, name: str) -> bool:
    staff = site.acme.staff[name]
    return await wants_reminders(site.ctx, by=StaffActor(staff.account_id, staff.id, Via.WEB, "", "t"))


def address(site: Site, name: str) -> str:
    staff = site.acme.staff[name]
    token = stopping_token(site.ctx, staff.account_id, staff.id)
    whole = site.ctx.addresses.no_reminders(site.acme.account, staff.id, token)
    return whole.removeprefix(site.origin)


async def test_reminders_are_switched_off_and_on_in_my_account(site: Site) -> None:
    frank = await site.staff("frank")
    assert 'id="reminders" name="reminders" value="yes" checked' in (await frank.get(ME)).text
    assert (await frank.submit(ME, f"{ME}/mails")).location.endswith("/me?saved=mails")
    assert (await is_mailed(site, "frank"), await is_mailed(site, "dana")) == (False, True)
    assert 'id="reminders" name="reminders" value="yes" checked' not in (await frank.get(ME)).text
    await frank.submit(ME, f"{ME}/mails", reminders="yes")
    assert await is_mailed(site, "frank")


async def test_a_mail_program_ends_them_with_one_post_and_no_cookie(site: Site) -> None:
    nobody, where = site.browser(), address(site, "frank")
    for _ in range(2):
        sent = await nobody.post(
            where, {"List-Unsubscribe": "One-Click"}, **{"Origin": "", "Sec-Fetch-Site": ""}
        )
        assert sent.status == 204
    assert (await is_mailed(site, "frank"), await is_mailed(site, "dana")) == (False, True)


async def test_opening_the_address_only_leads_to_the_desk(site: Site) -> None:
    shown = await site.browser().get(address(site, "frank"))
    assert (shown.status, shown.location) == (303, f"{site.origin}/acme/desk/me#mails")
    assert await is_mailed(site, "frank")


async def test_a_token_is_good_for_one_person_alone(site: Site) -> None:
    frank, dana = address(site, "frank"), address(site, "dana")
    for wrong in (
        frank.rpartition("/")[0] + "/" + dana.rpartition("/")[2],
        frank[:-1],
        frank + "0",
        frank.replace(site.acme.account.id.hex, site.other.account.id.hex),
        frank.replace(site.acme.account.id.hex, "nonsense"),
    ):
        assert (await site.browser().post(wrong, {})).status == 404
    assert await is_mailed(site, "frank")
    assert await is_mailed(site, "dana")
