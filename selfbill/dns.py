"""Asks the domain name system, over the system's resolver or a server that the settings name."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from dns import exception, name
from dns.asyncresolver import Resolver
from dns.rdatatype import TXT
from dns.resolver import NXDOMAIN

from billing.resolver import NoAnswer, TextResolver

PORT = 53


class DnsResolver:
    """`server` is an address with a port or without, e.g. `192.0.2.1:53`; empty: the system's own.

    `seconds` bounds a whole look, tries and other servers included.
    """

    def __init__(self, server: str, seconds: float) -> None:
        self._server = server
        self._seconds = seconds

    async def look_up_texts(self, host: str) -> Sequence[str]:
        """All TXT records of this name, each as one text; none where there are none. Raises `NoAnswer`."""
        try:
            answer = await self._resolver().resolve(
                name.from_text(host), TXT, search=False, raise_on_no_answer=False, lifetime=self._seconds
            )
        except NXDOMAIN:
            return ()
        except (exception.DNSException, OSError) as failure:
            raise NoAnswer(type(failure).__name__) from None
        if answer.rrset is None:
            return ()
        # A record holds pieces of at most 255 bytes; what is no text of ours may hold any.
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer.rrset)

    def _resolver(self) -> Resolver:
        """Made for each look, so that a changed system configuration counts, and nothing is kept."""
        if not self._server:
            return Resolver()
        where = urlsplit(f"//{self._server}")
        resolver = Resolver(configure=False)
        resolver.nameservers = [where.hostname or ""]
        resolver.port = where.port or PORT
        return resolver


def _is_a_resolver(resolver: DnsResolver) -> TextResolver:
    """The type checker's proof that the port is implemented."""
    return resolver
