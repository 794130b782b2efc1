"""The sandbox's mailbox takes mail over SMTP, shows it to people and programs, and fails on demand."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from selfbill.sandbox.mailbox import MailboxSandbox


def mail(
    subject: str = "Your refund", text: str = "It is on its way.\n", to: str = "alice@example.net"
) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "billing@merchant.example", to, subject
    message.set_content(text)
    return message


async def send(mailbox: MailboxSandbox, message: EmailMessage | bytes, **more: Any) -> None:
    await aiosmtplib.send(message, hostname="127.0.0.1", port=mailbox.smtp_port, timeout=30, **more)


async def fetch(url: str, method: str = "GET") -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.request(method, url) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.text()


async def test_mail_arrives_as_json_newest_last() -> None:
    async with MailboxSandbox() as mailbox:
        await send(mailbox, mail("First"))
        await send(
            mailbox, mail("Grüße, 返金", "Bitte schön: https://example.net/r?a=1.\n", "bob@example.net")
        )
        status, messages = await fetch(f"{mailbox.url}/api/messages")
        assert [each["subject"] for each in messages] == ["First", "Grüße, 返金"]
        last = messages[-1]
        assert (status, last["to"], last["from"]) == (200, "bob@example.net", "billing@merchant.example")
        assert last["text"] == "Bitte schön: https://example.net/r?a=1.\n"
        assert last["links"] == ["https://example.net/r?a=1"]
        assert set(last) == {"id", "at", "from", "to", "subject", "text", "links"}


async def test_mail_is_listed_by_recipient_in_whatever_case() -> None:
    async with MailboxSandbox() as mailbox:
        await send(mailbox, mail(to="alice@example.net, bob@example.net"))
        await send(mailbox, mail(to="bob@example.net"))
        assert len((await fetch(f"{mailbox.url}/api/messages?to=Alice@example.net"))[1]) == 1
        assert len(await mailbox.wait_for(2, to="bob@example.net")) == 2


async def test_waiting_ends_when_the_mail_does_not_come() -> None:
    async with MailboxSandbox() as mailbox:
        with pytest.raises(TimeoutError):
            await mailbox.wait_for(1, patience=0.01)


async def test_a_page_shows_text_only_with_its_links() -> None:
    async with MailboxSandbox() as mailbox:
        text = "<script>alert(1)</script>\nOpen https://example.net/a?b=1&c=2 now\njavascript:alert(2)\n"
        await send(mailbox, mail("<b>bold</b>", text))
        status, page = await fetch(f"{mailbox.url}/messages/{mailbox.messages.every()[0].id}")
        assert status == 200
        assert "<script" not in page
        assert "<b>" not in page
        assert '<a href="https://example.net/a?b=1&amp;c=2"' in page
        assert 'href="javascript' not in page
        assert "&lt;b&gt;bold" in (await fetch(mailbox.url))[1]


async def test_a_mail_of_html_alone_is_read_as_text() -> None:
    async with MailboxSandbox() as mailbox:
        message = mail()
        message.set_content("<style>p {}</style><p>Fish &amp; chips</p>", subtype="html")
        await send(mailbox, message)
        assert mailbox.messages.every()[0].text.strip() == "Fish & chips"


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n",
        b"\xff\xfe\x00",
        b"Subject: =?no-such-set?B?AAAA?=\r\nContent-Type: text/plain; charset=nobody-knows\r\n\r\n\xe9\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        b"Subject: a\r\nSubject: b\r\nContent-Transfer-Encoding: base64\r\n\r\n***\r\n",
    ],
)
async def test_a_malformed_mail_is_taken_and_shown(raw: bytes) -> None:
    async with MailboxSandbox() as mailbox:
        await send(mailbox, raw, sender="a@example.net", recipients=["b@example.net"])
        messages = mailbox.messages.every()
        assert [each.to for each in messages] == ["b@example.net"]
        assert (await fetch(f"{mailbox.url}/messages/{messages[0].id}"))[0] == 200
        assert (await fetch(f"{mailbox.url}/api/messages"))[0] == 200


async def test_the_mailbox_can_be_emptied() -> None:
    async with MailboxSandbox() as mailbox:
        await send(mailbox, mail())
        assert (await fetch(f"{mailbox.url}/api/messages", "DELETE"))[0] == 204
        assert (await fetch(f"{mailbox.url}/api/messages"))[1] == []
        assert "No mail yet." in (await fetch(mailbox.url))[1]
        assert (await fetch(f"{mailbox.url}/messages/none"))[0] == 404
        assert (await fetch(f"{mailbox.url}/api/messages/none/raw"))[0] == 404


async def test_mail_is_found_after_a_restart(tmp_path: Path) -> None:
    async with MailboxSandbox(data=tmp_path) as mailbox:
        await send(mailbox, mail("Kept"))
    async with MailboxSandbox(data=tmp_path) as mailbox:
        [kept] = mailbox.messages.every()
        status, raw = await fetch(f"{mailbox.url}/api/messages/{kept.id}/raw")
        assert (kept.subject, status, "Subject: Kept" in raw) == ("Kept", 200, True)


@pytest.mark.parametrize(
    ("fault", "refusal", "kept"),
    [
        ({"kind": "refuse"}, aiosmtplib.SMTPConnectError, 0),
        ({"kind": "status_before", "status": 451}, aiosmtplib.SMTPDataError, 0),
        ({"kind": "status_before", "status": 550}, aiosmtplib.SMTPDataError, 0),
        ({"kind": "status_after", "status": 451}, aiosmtplib.SMTPDataError, 1),
        ({"kind": "lost_before"}, aiosmtplib.SMTPServerDisconnected, 0),
        ({"kind": "lost_after"}, aiosmtplib.SMTPServerDisconnected, 1),
        ({"kind": "hang", "seconds": 0.01}, aiosmtplib.SMTPServerDisconnected, 0),
    ],
)
async def test_a_fault_meets_one_mail_and_the_next_arrives(
    fault: dict[str, Any], refusal: type[Exception], kept: int
) -> None:
    async with MailboxSandbox() as mailbox:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{mailbox.url}/_sandbox/faults", json=fault) as answer,
        ):
            assert answer.status == 201
        with pytest.raises(refusal) as refused:
            await send(mailbox, mail())
        if "status" in fault:
            assert refused.value.args[0] == fault["status"]
        assert len(mailbox.messages.every()) == kept
        await send(mailbox, mail())
        assert len(mailbox.messages.every()) == kept + 1


async def test_a_slow_mailbox_takes_the_mail_in_the_end() -> None:
    async with MailboxSandbox() as mailbox:
        mailbox.faults.add("slow", seconds=0.01)
        await send(mailbox, mail())
        assert len(mailbox.messages.every()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "explode"},
        {"kind": "slow", "seconds": "1"},
        {"kind": "slow", "colour": 1},
        {},
        [],
        "slow",
        None,
    ],
)
async def test_an_unknown_fault_is_refused_with_what_is_known(fault: Any) -> None:
    async with (
        MailboxSandbox() as mailbox,
        aiohttp.ClientSession() as session,
        session.post(f"{mailbox.url}/_sandbox/faults", json=fault) as answer,
    ):
        assert answer.status == 400
        assert mailbox.faults.as_json() == []


async def test_it_stops_at_once_with_a_client_connected() -> None:
    async with MailboxSandbox() as mailbox:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port)
        await client.connect()
        async with asyncio.timeout(10):  # the client would stay for ever
            await mailbox.stop()
        client.close()


async def test_the_html_of_a_mail_stands_in_a_frame_that_can_do_nothing() -> None:
    message = mail(text="Plain.\n")
    message.add_alternative(
        "<!doctype html><html><head></head><body><script>x</script><a href='https://a.example'>Über</a></body>",
        subtype="html",
    )
    async with MailboxSandbox() as mailbox, aiohttp.ClientSession() as session:
        await send(mailbox, message)
        (arrived,) = await mailbox.wait_for(1)
        assert arrived.text == "Plain.\n"
        _, page = await fetch(f"{mailbox.url}/messages/{arrived.id}")
        assert f'src="/messages/{arrived.id}/html" sandbox="allow-popups ' in page
        async with session.get(f"{mailbox.url}/messages/{arrived.id}/html") as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("sandbox allow-popups")
            assert "default-src 'none'" in policy
            assert "allow-scripts" not in policy
            shown = await answer.text()
        assert '<head><base target="_blank">' in shown
        assert "Über" in shown


async def test_a_mail_without_html_has_no_frame() -> None:
    async with MailboxSandbox() as mailbox:
        await send(mailbox, mail())
        (arrived,) = await mailbox.wait_for(1)
        assert "<iframe" not in (await fetch(f"{mailbox.url}/messages/{arrived.id}"))[1]
        assert (await fetch(f"{mailbox.url}/messages/{arrived.id}/html"))[0] == 404
        assert (await fetch(f"{mailbox.url}/messages/nothing/html"))[0] == 404
