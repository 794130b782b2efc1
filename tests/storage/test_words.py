"""Merchants' texts and readers' zones, on both engines."""

from datetime import timedelta

from billing.merchant import EVERY, MerchantText, ReaderZone
from billing.states import TextKind
from tests.storage.shop import NOW, Shop


async def test_a_text_is_found_in_the_readers_language_else_in_the_one_for_all(shop: Shop) -> None:
    kind, desk = TextKind.WELCOME, shop.helpdesk.id.hex
    texts = [MerchantText(shop.id, kind, desk, tag, f"in {tag}", NOW) for tag in (EVERY, "de", "pt-BR")]
    async with shop.store.begin(shop.id) as work:
        for each in texts:
            await work.words.put_text(each)
        again = MerchantText(shop.id, kind, desk, "de", "Hallo {merchant} {", NOW + timedelta(days=1))
        await work.words.put_text(again)
        assert await work.words.find_text(kind, desk, "de") == "Hallo {merchant} {"
        assert await work.words.find_text(kind, desk, "pt-BR") == "in pt-BR"
        assert await work.words.find_text(kind, desk, "ja") == "in "
        assert await work.words.find_text(TextKind.ANSWER, desk, "de") is None
        assert await work.words.find_texts(kind, [desk, "other"], "fr") == {desk: "in "}
        assert await work.words.list_texts() == [texts[0], again, texts[2]]
        await work.words.drop_text(kind, desk, EVERY)
        assert await work.words.find_text(kind, desk, "ja") is None
        await work.words.drop_text(kind, desk)
        assert await work.words.list_texts() == []


async def test_a_zone_is_kept_for_each_reader(shop: Shop) -> None:
    told = ReaderZone(shop.id, "staff:1", "Europe/Paris", chosen=False)
    chosen = ReaderZone(shop.id, "staff:1", "Asia/Tokyo", chosen=True)
    async with shop.store.begin(shop.id) as work:
        assert await work.words.find_zone("staff:1") is None
        await work.words.put_zone(told)
        await work.words.put_zone(chosen)
        assert await work.words.find_zone("staff:1") == chosen
        assert await work.words.find_zone("customer:1") is None
        await work.words.drop_zone("staff:1")
        assert await work.words.find_zone("staff:1") is None
