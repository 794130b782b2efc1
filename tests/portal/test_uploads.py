"""Files with questions and replies, over HTTP: what is taken, what is refused, and who may have them back."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from billing.files import MOST_BYTES
from portal.keys import UPLOADS, PortalSettings
from portal.uploads import MOST_AT_ONCE, MOST_OF_ALL, MOST_PARTS, MOST_READ, plain_name
from tests.portal.files import CANARY, FORM_TYPE, Part, acting_pdf, body, bomb, form, locked_pdf, picture
from tests.portal.site import Answer, Browser, Filled, Site, open_site, raw
from tests.portal.test_matrix import customer

ROOT = "/acme/help/support"
ASK = f"{ROOT}/ask"
TYPED = {"subject": "Broken", "text": "See the picture."}


async def ask(browser: Browser, *files: Part, **more: str) -> Answer:
    """A question with these files."""
    sent = form({**await browser.hidden(ASK), **TYPED, **more}, *files)
    return await browser.post(ASK, sent, **{"Content-Type": FORM_TYPE})


def part(name: str, content: bytes) -> Part:
    return "files", name, content


async def files_on(browser: Browser, path: str) -> dict[str, str]:
    """Name → address, as the page lists them."""
    found = re.findall(
        r'<a href="([^"]*/files/[0-9a-f]{32})" download><bdi>([^<]*)</bdi>', (await browser.get(path)).text
    )
    return {name: address for address, name in found}


async def test_files_are_written_anew_and_kept_to_their_customer_and_staff(site: Site) -> None:
    alice = await customer(site, "alice", "acme")
    answer = await ask(
        alice,
        part("../../etc/pass wd.exe", picture("PNG") + CANARY.encode()),
        part("Rechnung ü.pdf", acting_pdf()),
        part("notes.html", b"<script>alert(1)</script>"),
    )
    assert answer.status == 303, answer.words
    kept = await files_on(alice, answer.location)
    assert set(kept) == {"pass wd.png", "Rechnung ü.pdf", "notes.txt"}
    names = ("pass wd.png", "Rechnung ü.pdf", "notes.txt")
    png, pdf, text = [await alice.get(kept[name]) for name in names]
    assert png.headers["Content-Type"] == "image/png"
    assert png.headers["Content-Disposition"].startswith('attachment; filename="pass wd.png"')
    assert png.headers["Content-Security-Policy"] == "sandbox"
    assert png.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(png.body)) as read:
        assert read.size == (40, 30)
    assert pdf.headers["Content-Disposition"].endswith("filename*=UTF-8''Rechnung%20%C3%BC.pdf")
    assert CANARY.encode() not in png.body + pdf.body
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    path, ticket = kept["pass wd.png"], answer.location
    assert (await (await customer(site, "bob", "acme")).get(path)).status == 404
    assert (await (await customer(site, "charlie", "other")).get(path.replace("acme", "other"))).status == 404
    assert "sign-in" in (await site.browser().get(path)).location
    assert (await alice.get(f"{ROOT}/files/{'0' * 32}")).status == 404
    grace, heidi = await site.staff("grace"), await site.staff("heidi")
    of_desk = path.replace("/help/support", "/desk")
    assert (await grace.get(of_desk)).body == png.body
    assert (await heidi.get(of_desk.replace("acme", "other"))).status == 404
    assert set(await files_on(grace, ticket.replace("/help/support", "/desk"))) == set(kept)


async def test_staff_answer_with_a_file(site: Site) -> None:
    alice, erin = await customer(site, "alice", "acme"), await site.staff("erin")
    path = (await ask(alice)).location
    desk = path.replace("/help/support", "/desk")
    sent = form({**await erin.hidden(desk), "text": "Like this."}, part("how.webp", picture("WEBP")))
    answer = await erin.post(f"{desk}/reply", sent, **{"Content-Type": FORM_TYPE})
    assert answer.status == 303, answer.words
    assert list(await files_on(alice, path)) == ["how.webp"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("program.png", b"MZ\x90\x00" + bytes(100), "program.png is of a kind that is not taken"),
        ("archive.pdf", b"PK\x03\x04" + b"\xff" * 100, "is of a kind that is not taken"),
        ("empty.txt", b"", "is of a kind that is not taken"),
        ("nul.txt", b"a\x00b", "is of a kind that is not taken"),
        ("latin.txt", b"caf\xe9", "is of a kind that is not taken"),
        ("half.jpg", picture("JPEG")[:150], "is damaged, protected or too large"),
        ("bomb.png", bomb(), "is damaged, protected or too large"),
        ("locked.pdf", locked_pdf(), "is damaged, protected or too large"),
        ("magic.gif", b"GIF89a" + b"<script>" * 20, "is damaged, protected or too large"),
        ("big.txt", b"x" * (MOST_BYTES + 1), "at most 10 MB at once"),
    ],
)
async def test_what_is_not_taken_is_named_and_what_was_typed_kept(
    shared_site: Site, name: str, content: bytes, words: str
) -> None:
    bob = await customer(shared_site, "bob", "acme")
    answer = await ask(bob, part(name, content))
    assert answer.status == 422, answer.words
    assert words in answer.words
    assert "See the picture." in answer.text
    assert 'id="files-problem"' in answer.text
    if content and len(content) <= MOST_BYTES:
        assert f"please choose {name} again" in answer.words
    assert "No tickets yet" in (await bob.get(f"{ROOT}/tickets")).words


async def test_no_more_than_three_files(shared_site: Site) -> None:
    bob = await customer(shared_site, "bob", "acme")
    answer = await ask(bob, *[part(f"{number}.txt", b"text") for number in range(4)])
    assert (answer.status, "at most 3 files" in answer.words) == (422, True)


async def test_forms_that_no_page_of_ours_sends_change_nothing(shared_site: Site) -> None:
    bob = await customer(shared_site, "bob", "acme")
    hidden = await bob.hidden(ASK)
    token, good = {"csrf": hidden["csrf"]}, part("a.txt", b"text")
    fields = [(name, None, value.encode()) for name, value in {**token, **TYPED}.items()]
    tries: dict[str, tuple[bytes, int]] = {
        "no token": (form(TYPED, good), 403),
        "a wrong token": (form({**TYPED, "csrf": "x"}, good), 403),
        "the token after a file": (body([good, *fields]), 403),
        "two tokens": (body([*fields, fields[0]]), 403),
        "an unknown field": (form({**token, **TYPED, "amount": "1"}), 400),
        "a field twice": (body([*fields, fields[1]]), 400),
        "a file of another name": (form({**token, **TYPED}, ("logo", "a.txt", b"text")), 400),
        "too many parts": (form({**token, **TYPED}, *[good] * MOST_PARTS), 400),
        "a control byte": (form({**token, **TYPED, "text": "a\x00b"}), 400),
        "a control byte in a name": (form({**token, **TYPED}, part("a\x00.txt", b"text")), 400),
        "bytes that are no UTF-8": (body([*fields[:2], ("text", None, b"\xff\xfe")]), 400),
        "no end": (form({**token, **TYPED}, good)[:-6], 400),
        "nothing": (b"", 400),
        "a long text": (form({**token, **TYPED, "text": "x" * 70_000}), 413),
        "far too much": (form({**token, **TYPED}, part("a.txt", b"x" * MOST_READ)), 413),
    }
    for what, (sent, status) in tries.items():
        answer = await bob.post(ASK, sent, **{"Content-Type": FORM_TYPE})
        assert answer.status == status, (what, answer.words)
    answer = await bob.post(
        ASK, form({**token, **TYPED}), Origin="https://evil.example", **{"Content-Type": FORM_TYPE}
    )
    assert answer.status == 403
    answer = await bob.post(f"{ROOT}/language", form({**token, "lang": "de"}), **{"Content-Type": FORM_TYPE})
    assert answer.status == 403, "no page of ours sends this one with files"
    assert "No tickets yet" in (await bob.get(f"{ROOT}/tickets")).words


async def test_a_stranger_is_sent_to_sign_in_before_their_file_is_read(shared_site: Site) -> None:
    stranger = shared_site.browser()
    token = (await stranger.hidden(f"{ROOT}/sign-in"))["csrf"]
    sent = form({"csrf": token, **TYPED}, part("bomb.png", bomb()))
    answer = await stranger.post(ASK, sent, **{"Content-Type": FORM_TYPE})
    assert (answer.status, "sign-in" in answer.location) == (303, True)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\bob\\x.png", "x.png"),
        ("...", ""),
        ("\u202egnp.exe", "gnp.exe"),
        ("a" * 300, "a" * 100),
        ("  two   words .pdf ", "two words .pdf"),
    ],
)
def test_a_name_is_the_last_of_its_path_and_can_be_seen(sent: str, kept: str) -> None:
    assert plain_name(sent) == kept


async def test_only_so_many_upload_at_once(shared_site: Site) -> None:
    bob = await customer(shared_site, "bob", "acme")
    himself = str(shared_site.bob.customer.id)
    now = shared_site.app[UPLOADS]
    for held, status in (({himself: MOST_AT_ONCE}, 429), ({"others": MOST_OF_ALL}, 503)):
        now.update(held)
        answer = await ask(bob, part("a.txt", b"text"))
        assert answer.status == status, answer.words
        now.clear()
    assert (await ask(bob, part("a.exe", b"MZ\x00"))).status == 422
    assert not now, "a place is given back, also where the form was refused"


async def test_a_form_with_files_that_never_ends_is_given_up(filled: Filled, tmp_path: Path) -> None:
    async with open_site(filled, tmp_path, settings=PortalSettings(body_seconds=0.2)) as site:
        host, sent = site.origin.removeprefix("http://"), form(TYPED)[:-20]
        head = (
            f"POST {ASK} HTTP/1.1\r\nHost: {host}\r\nOrigin: {site.origin}\r\nConnection: close\r\n"
            f"Content-Type: {FORM_TYPE}\r\nContent-Length: 5000\r\n"
        )
        alice = await customer(site, "alice", "acme")
        cookies = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())
        theirs = f"{head}Cookie: {cookies}\r\n\r\n".encode()
        assert (await raw(site, theirs + sent)).startswith(b"HTTP/1.1 408")
        # A stranger is not waited for: with a dozen of such forms nobody else could upload.
        strangers = f"{head}\r\n".encode()
        assert (await raw(site, strangers + sent)).startswith(b"HTTP/1.1 303")
