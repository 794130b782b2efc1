"""Mail as it goes out: a letter with its headers, both its forms and what is attached, and who sends it."""

from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UniqueAddressHeader, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib

from billing.edges import Envelope
from billing.emails import email_key
from billing.errors import DeliveryFailed
from billing.records import Account
from locales.translator import Translator
from portal.letters.drawing import draw_html, draw_text
from portal.letters.parts import Letter

_SECONDS = 10  # well below the relay's lease, so that no second worker sends the same


class _AsItIs(UnstructuredHeader, BaseHeader):
    """A header of one long word, which must not be folded: Python would write it as an encoded one."""

    def fold(self, *, policy: Policy) -> str:
        """One line, whatever its length."""
        return f"{self.name}: {self}{policy.linesep}"


class _From(UniqueAddressHeader, BaseHeader):  # type: ignore[misc]  # as the registry combines them
    """One sender. Where a name takes several encoded words, Python loses a space between them."""

    def fold(self, *, policy: Policy) -> str:
        """The name by the older code, which keeps them all."""
        (sender,) = self.addresses
        if sender.display_name.isascii():
            return str(super().fold(policy=policy))
        name = Header(sender.display_name, "utf-8", header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {name}{policy.linesep} <{sender.addr_spec}>{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("from", _From)
for _name in ("message-id", "in-reply-to", "references", "list-unsubscribe"):
    _HEADERS.map_to_type(_name, _AsItIs)
_POLICY = EmailPolicy(header_factory=_HEADERS)


@dataclass(frozen=True)
class MailSender:
    """Hands mail to a server: `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the start."""

    url: str
    sender: str  # the address that mails come from, e.g. `billing@example.com`; the account gives the name

    async def send(self, message: EmailMessage) -> None:
        """Raises `DeliveryFailed`: permanent where the server refuses recipient or content for good."""
        server = urlsplit(self.url)
        try:
            await aiosmtplib.send(
                message,
                hostname=server.hostname,
                port=server.port,
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps",
                start_tls=True if must_encrypt(self.url) else None,
                local_hostname=self.domain,  # else it would be looked up in the DNS
                timeout=_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as failure:
            raise _failed(failure) from failure

    @property
    def domain(self) -> str:
        """The right side of our own address."""
        return self.sender.rpartition("@")[2]


def must_encrypt(url: str) -> bool:
    """Whether STARTTLS is wanted, not only taken where offered: a password goes over the network."""
    server = urlsplit(url)
    is_here = server.hostname in {"127.0.0.1", "localhost", "::1"}
    return server.scheme == "smtp" and bool(server.password) and not is_here


def _failed(failure: Exception) -> DeliveryFailed:
    """Says nothing of whom it was for: what is kept of a failure is read by operators."""
    match failure:
        case aiosmtplib.SMTPRecipientsRefused():
            codes = [each.code for each in failure.recipients]
            permanent = all(code >= 500 for code in codes)
            return DeliveryFailed(f"recipient refused: {codes}", permanent=permanent)
        case aiosmtplib.SMTPDataError():
            return DeliveryFailed(f"content refused: {failure.code}", permanent=failure.code >= 500)
        case aiosmtplib.SMTPNotSupported():
            return DeliveryFailed("the mail server cannot write to such an address", permanent=True)
        case aiosmtplib.SMTPResponseException():
            return DeliveryFailed(f"mail server answered {failure.code}")
        case _:
            return DeliveryFailed(f"mail server not reached: {type(failure).__name__}")


@dataclass(frozen=True, slots=True)
class Thread:
    """What mail programs show together, e.g. `request-<hex>`; its first mail is named like the thread."""

    name: str
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A PDF file that comes with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mailing:
    """A letter on its way: for which envelope, in whose name, in which language, with what."""

    envelope: Envelope
    account: Account
    letter: Letter
    say: Translator
    thread: Thread | None = None
    enclosures: tuple[Enclosure, ...] = ()
    unsubscribe: str = ""  # an address that ends mails like this one, asked with POST


def write_message(sender: MailSender, mailing: Mailing) -> EmailMessage:
    """The mail with its headers; a doubled delivery is the same to the byte. No text makes a new header."""
    envelope, account, letter, say = mailing.envelope, mailing.account, mailing.letter, mailing.say
    to = email_key(letter.to)
    if not to:
        raise DeliveryFailed("the customer's e-mail is no address", permanent=True)
    message = EmailMessage(_POLICY)
    message["From"] = Address(_one_line(account.name), addr_spec=sender.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(envelope.put_at)
    _put_into_thread(message, mailing, sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    if mailing.unsubscribe:
        message["List-Unsubscribe"] = f"<{mailing.unsubscribe}>"
        if mailing.unsubscribe.startswith("https://"):  # RFC 8058 has it no other way
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(draw_text(letter, account, say))
    message.add_alternative(draw_html(letter, account, say), subtype="html")
    for each in mailing.enclosures:
        message.add_attachment(each.content, maintype="application", subtype="pdf", filename=each.name)
    message["Content-Language"] = say.tag  # after the content, which takes all Content- headers away
    for number, part in enumerate(message.walk()):
        if part.is_multipart():  # else each try would draw lots for them
            part.set_boundary(f"part-{number}-of-{envelope.id.hex}")
    return message


def _put_into_thread(message: EmailMessage, mailing: Mailing, domain: str) -> None:
    thread = mailing.thread
    is_first = thread is not None and thread.is_first
    name = thread.name if thread is not None and is_first else mailing.envelope.id.hex
    message["Message-ID"] = f"<{name}@{domain}>"
    if thread is not None and not is_first:
        message["In-Reply-To"] = message["References"] = f"<{thread.name}@{domain}>"


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
