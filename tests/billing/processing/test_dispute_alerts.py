"""What an alert about a dispute says at each step, and of which ones there is none."""

from locales.alert_words import alert_sentence
from locales.translator import get_translator
from tests.billing.bench import Bench
from tests.billing.processing.test_disputes import dispute_there

_SAY = get_translator("en", "UTC")


async def sentences(bench: Bench) -> list[str]:
    async with bench.ctx.read(bench.lumen.id) as work:
        return [alert_sentence(each, _SAY) for each in await work.alerts.list_open(limit=9)]


async def test_each_step_of_a_dispute_has_its_own_sentence(bench: Bench) -> None:
    dispute = dispute_there(bench, is_inquiry=True)
    await bench.hear("dispute", dispute)
    [asked] = await sentences(bench)
    assert "has taken no money yet" in asked
    bench.processor.escalate_dispute(dispute)
    await bench.hear("dispute", dispute)
    [disputed] = await sentences(bench)
    assert "Answer at the processor in time." in disputed
    bench.processor.close_dispute(dispute, "lost")
    await bench.hear("dispute", dispute)
    [lost] = await sentences(bench)
    assert "There is nothing left to do." in lost


async def test_a_dispute_that_was_lost_before_we_heard_of_it_calls_nobody(bench: Bench) -> None:
    dispute = dispute_there(bench)
    bench.processor.close_dispute(dispute, "lost")
    await bench.hear("dispute", dispute)
    assert await sentences(bench) == []
