"""The small name server, asked by the product's resolver over UDP and TCP."""

import pytest
from aiohttp import ClientSession

from billing.resolver import NoAnswer
from selfbill.dns import DnsResolver
from selfbill.sandbox.dns import DnsSandbox

PATIENT = 20.0  # seconds


async def test_it_answers_with_what_is_there() -> None:
    async with DnsSandbox() as dns:
        dns.records.add("_selfbill.lumen.example", "first")
        dns.records.add("_selfbill.LUMEN.example.", "a" * 300)
        resolver = DnsResolver(dns.address, PATIENT)
        assert sorted(await resolver.look_up_texts("_selfbill.lumen.example")) == ["a" * 300, "first"]
        assert await resolver.look_up_texts("lumen.example") == ()
        dns.records.remove("_selfbill.lumen.example")
        assert await resolver.look_up_texts("_selfbill.lumen.example") == ()


async def test_what_does_not_fit_into_a_datagram_comes_over_tcp() -> None:
    async with DnsSandbox() as dns:
        for n in range(20):
            dns.records.add("_selfbill.lumen.example", f"{n:02}" + "x" * 250)
        texts = await DnsResolver(dns.address, PATIENT).look_up_texts("_selfbill.lumen.example")
    assert len(texts) == 20


async def test_silence_nonsense_and_nobody_there_are_no_answer() -> None:
    async with DnsSandbox() as dns:
        dns.records.is_silent = True
        with pytest.raises(NoAnswer):
            await DnsResolver(dns.address, 0.2).look_up_texts("_selfbill.lumen.example")
        gone = dns.address
        with pytest.raises(NoAnswer):
            await DnsResolver(dns.address, 0.2).look_up_texts(f"{'a' * 64}.example")
    with pytest.raises(NoAnswer):
        await DnsResolver(gone, 0.2).look_up_texts("_selfbill.lumen.example")


async def test_a_record_is_added_and_removed_on_its_page() -> None:
    async with DnsSandbox() as dns, ClientSession() as http:
        fields = {"name": "_selfbill.lumen.example", "text": "<b>word</b>"}
        async with http.post(f"{dns.url}/records", data=fields) as answer:
            page = await answer.text()
        assert "&lt;b&gt;word&lt;/b&gt;" in page
        assert dns.records.every() == [("_selfbill.lumen.example", "<b>word</b>")]
        async with http.post(f"{dns.url}/records", data={"name": "a..b", "text": "x"}) as answer:
            assert answer.status == 422
        async with http.post(f"{dns.url}/records/remove", data=fields) as answer:
            assert "No records yet" in await answer.text()
