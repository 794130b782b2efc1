"""A card's life, over HTTP and over Socket Mode: posted, decided, executed, failed, withdrawn, asked."""

from billing.states import RequestState
from tests.bot.scenes import APPROVE, ASSIGN, CLOSE, DENY, MORE, OPEN, REPLY, RETRY, Scene
from tests.make import CHANNEL
from tests.people import alice, dana, erin, frank
from tests.site import Site

REFUND_UNFUNDED = "refund_unfunded"


async def test_a_manual_refund_posts_one_card_with_the_facts(scene: Scene) -> None:
    request = await scene.ask_refund(message="I wanted something else")
    site = scene.site

    words = scene.words()
    assert "Refund request: $149.00" in words
    for fact in (
        "*Customer*\na…e@example.net",
        "*Product*\nPhotography Masterclass · Standard",
        "*Amount*\n$149.00",
        "*Paid*\n<!date^",
        f"*Order ID*\n`{alice.order_id}`",
        "*Policy*\nWithin the refund period, which ends on Dec 17, 2026.",
        "Reason: It is not what I expected\n“I wanted something else”",
        request.reference,
    ):
        assert fact in words
    assert alice.name not in str(site.slack.calls)
    assert scene.buttons() == [APPROVE, DENY, MORE]
    menu = scene.card().blocks[-2]["elements"][-1]["options"]
    assert [each["value"].split()[0] for each in menu] == ["part", "ask", "assign", "snooze", "desk"]
    assert menu[-1]["url"] == f"{site.url}/lumen/desk/requests/{request.id.hex}"
    assert "$149.00" in scene.card().text
    assert "Waiting for a decision" in scene.card().text


async def test_the_confirm_dialog_states_amount_and_customer(scene: Scene) -> None:
    await scene.ask_refund()
    approve = scene.card().blocks[-2]["elements"][0]
    dialog = approve["confirm"]
    assert "$149.00" in dialog["text"]["text"]
    assert "a…e@example.net" in dialog["text"]["text"]
    assert dialog["confirm"]["text"] == "Refund $149.00"
    assert approve["accessibility_label"] == "Approve: Refund $149.00"


async def test_an_approved_refund_is_done_and_the_card_says_so(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site

    assert (await site.slack.click(erin.slack, APPROVE)).acked
    assert (await scene.read(request)).state is RequestState.APPROVED
    await site.settle()

    assert site.refunds(alice.order_id) == [14900]
    assert scene.buttons() == [OPEN]
    assert "✔ *Refunded* $149.00. Approved by Erin Castellanos, <!date^" in scene.words()
    (refund,) = site.processor.refunds(site.world.charges[alice.order_id])
    assert f"`{refund['id']}`" in scene.words()
    assert "Done" in scene.card().text
    assert scene.thread() == [
        "The customer asked for a refund of $149.00.",
        "Erin Castellanos approved a refund of $149.00.",
        "The refund of $149.00 was sent to the payment processor.",
        "The payment processor refunded $149.00.",
    ]
    assert scene.whispers(erin) == []


async def test_a_denial_asks_why_and_the_customer_reads_it(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site

    modal = await scene.open_modal(dana, DENY)
    assert "$149.00" in str(modal.body)
    assert modal.body["private_metadata"] == f"{request.id.hex} {CHANNEL}"
    empty = await site.slack.submit_modal(dana.slack, values={"answer": " \n "})
    assert empty.errors == {"answer": "Please fill this in."}
    assert (await scene.read(request)).state is RequestState.PENDING
    assert (await site.slack.submit_modal(dana.slack, values={"answer": "We agreed on\nno refunds."})).acked
    await site.settle()

    assert site.slack.modals == []
    assert site.refunds(alice.order_id) == []
    assert "✖ *Denied* by Dana Whitfield, <!date^" in scene.words()
    assert "The customer reads:\n“We agreed on\n“no refunds.”" in scene.words()
    assert scene.buttons() == [OPEN]
    told = scene.thread()[-1]
    assert told == "Dana Whitfield denied a refund of $149.00.\n“We agreed on\n“no refunds.”"
    (mail,) = [each for each in site.mails() if "no refunds." in each["text"]]
    assert mail["to"] == [alice.email] or mail["to"] == alice.email
    assert (await scene.read(request)).answer == "We agreed on\nno refunds."


async def test_a_decision_on_the_web_redraws_the_card(scene: Scene) -> None:
    request = await scene.ask_refund()
    await scene.approve_on_web(request, dana)
    await scene.site.settle()
    assert "*Refunded* $149.00. Approved by Dana Whitfield" in scene.words()
    assert scene.buttons() == [OPEN]
    assert "Dana Whitfield approved a refund of $149.00." in scene.thread()


async def test_a_failed_refund_can_be_tried_again(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site
    site.processor.state.faults.add(REFUND_UNFUNDED)
    await site.slack.click(erin.slack, APPROVE)
    await site.settle()
    assert (await scene.read(request)).state is RequestState.FAILED
    assert scene.buttons() == [RETRY, OPEN]
    assert "⚠ *Failed*: The merchant's balance" in scene.words()
    assert "$149.00" in scene.card().blocks[-2]["elements"][0]["confirm"]["text"]["text"]

    assert (await site.slack.click(dana.slack, RETRY)).acked
    await site.settle()

    assert site.refunds(alice.order_id) == [14900]
    assert scene.buttons() == [OPEN]
    assert "*Refunded* $149.00. Approved by Dana Whitfield" in scene.words()
    assert "Dana Whitfield tried it again." in scene.thread()


async def test_a_withdrawn_request_says_so(scene: Scene) -> None:
    request = await scene.ask_refund()
    await scene.withdraw(request)
    assert "*Withdrawn* by the customer, <!date^" in scene.words()
    assert scene.buttons() == [OPEN]
    assert scene.thread()[-1] == "The customer withdrew the request."
    assert alice.name not in str(scene.site.slack.calls)


async def test_a_cancellation_says_when_it_ends(scene: Scene) -> None:
    await scene.ask_cancel()
    words = scene.words()
    assert "Cancellation request" in words
    assert "*Paid until*\n<!date^" in words
    assert "*Policy*\nEnds: At the end of the paid period" in words
    dialog = scene.card().blocks[-2]["elements"][0]["confirm"]
    assert dialog["text"]["text"].endswith("to Membership Gold ends with the paid period.")
    await scene.site.slack.click(frank.slack, APPROVE)  # limits bind refunds only
    await scene.site.settle()
    assert "*Done*. Approved by Frank Oyelaran" in scene.words()


async def test_a_question_has_a_card_without_decisions(scene: Scene) -> None:
    ticket = await scene.ask_question("Where is my video?", "I cannot find it.\nPolicy: refund at once")
    assert scene.buttons() == [REPLY, ASSIGN, CLOSE, OPEN]
    words = scene.words()
    assert f"Question {ticket.reference}" in words
    assert "“Where is my video?”\n\n“I cannot find it.\n“Policy: refund at once”" in words
    assert scene.thread() == ["The customer wrote:\n“I cannot find it.\n“Policy: refund at once”"]
    assert (await scene.site.slack.click(dana.slack, OPEN)).acked


async def test_a_link_to_the_desk_is_only_acked(scene: Scene) -> None:
    request = await scene.ask_refund()
    await scene.withdraw(request)
    assert (await scene.site.slack.click("U0STRANGE6", OPEN)).acked
    assert await scene.refusals(request) == []


async def test_a_click_decides_on_either_engine(site_on_each: Site) -> None:
    scene = Scene(site_on_each)
    await scene.ask_refund()
    await scene.site.slack.click(erin.slack, APPROVE)
    await scene.site.settle()
    assert "*Refunded* $149.00. Approved by Erin Castellanos" in scene.words()
