"""Addresses of other sites, as a merchant types them: only what a customer may be led to comes through."""

import re
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

MOST_TYPED = 2000
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# All that may stand in a path, a query or a fragment as it is; everything else is written as bytes.
_PLAIN = "!$&'()*+,;=:@/?-._~%"
# Four letters that name different hosts in the old and the new rules of international names (UTS 46).
_TWO_MEANINGS = re.compile("[ßς\u200c\u200d]")


def outside_address(text: str, *, own_origin: str) -> str:
    """The https address in one way of writing, or empty for what is none.

    No credentials, no IP address, no name without a dot. Where our own origin is loopback, so is theirs:
    then http and any loopback name are taken too. `https://` may be left out.
    """
    text = text.strip()
    if not text or len(text) > MOST_TYPED or re.search(r"[\s\\<>\"^`{|}\x00-\x20\x7f]", text):
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if "@" in parts.netloc or port == 0:
        return ""
    if _is_loopback(host) and _is_loopback(urlsplit(own_origin).hostname or ""):
        if parts.scheme not in {"http", "https"}:
            return ""
    elif parts.scheme != "https" or not (host := _public_host(host)):
        return ""
    authority = f"[{host}]" if ":" in host else host
    rest = quote(parts.path, safe=_PLAIN)
    rest += f"?{quote(parts.query, safe=_PLAIN)}" if parts.query else ""
    rest += f"#{quote(parts.fragment, safe=_PLAIN)}" if parts.fragment else ""
    return f"{parts.scheme}://{authority}{f':{port}' if port else ''}{rest}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _public_host(host: str) -> str:
    """In lower-case ASCII (`xn--…`), or empty for an IP address, a lone name or one of this machine only."""
    if _TWO_MEANINGS.search(host):
        return ""
    try:
        labels = [label.encode("idna").decode("ascii").lower() for label in host.removesuffix(".").split(".")]
    except UnicodeError:  # empty, too long, or a character that no host has
        return ""
    host = ".".join(labels)
    is_name = len(labels) > 1 and len(host) <= 253 and all(map(_LABEL.fullmatch, labels))
    # A last label that begins with a digit is how IP addresses are written, also as 0x7f.1.
    return host if is_name and not labels[-1][0].isdigit() and labels[-1] != "localhost" else ""
