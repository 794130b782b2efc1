"""One way to write an e-mail address or an Order ID for storing, looking up and counting."""

import re
import unicodedata

# What RFC 5321 allows in a local part without quotes, and any letter beyond ASCII (RFC 6531).
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# Nobody types more; Unicode's rules take their time over a long text, and a stranger would choose it.
MOST_TYPED = 400
# Full stops of other scripts, which stand for a dot between labels (RFC 3490).
_DOTS = str.maketrans({"。": ".", "．": ".", "｡": "."})


def email_key(text: str) -> str:
    """The address as it is stored, looked up and counted, or empty for what is no address; idempotent.

    Compatibility forms, case, outer spaces, a dot at the end and the spelling of an international domain
    make no difference. An empty key never matches anybody.
    """
    local, at, domain = _plain(text).rpartition("@")
    if len(local) > 64 or len(domain) > 254:
        return ""
    domain = _domain_key(domain)
    if not at or not domain or not _is_local(local) or len(local.encode()) > 64:
        return ""
    return f"{local}@{domain}"


def email_beginning(text: str) -> str:
    """What somebody typed of an address so far, as the beginning of an `email_key`; may come out empty."""
    return email_key(text) or _plain(text)


def domain_key(text: str) -> str:
    """A host name in the same way: lower-case ASCII (`xn--…`) with a dot in it, or empty."""
    return _domain_key(_plain(text))


def order_id_key(text: str) -> str:
    """An Order ID as people type it, e.g. ` #40107225`, as it is stored; may come out empty."""
    return _plain(text).upper().lstrip("#").strip()


def mask_email(text: str) -> str:
    """Enough to recognise one's own address by: `alice@example.com` is `a…e@example.com`."""
    local, _, domain = text.strip().rpartition("@")
    if len(local) < 3:
        return f"…@{domain}"
    return f"{local[0]}…{local[-1]}@{domain}"


def _plain(text: str) -> str:
    """NFKC and no case, which must be taken in turns: each may undo the other (Unicode, section 3.13)."""
    if len(text := text.strip()) > MOST_TYPED:
        return ""
    for _ in range(3):
        text = unicodedata.normalize("NFKC", text.casefold())
    return text.strip().translate(_DOTS)


def _is_local(local: str) -> bool:
    # \w knows nothing of combining marks, which some scripts cannot be written without.
    letters = "".join(c for c in local if not unicodedata.category(c).startswith("M"))
    return bool(_LOCAL.fullmatch(letters)) and not local.startswith(".") and ".." not in f"{local}."


def _domain_key(domain: str) -> str:
    """The domain in lower-case ASCII (`xn--…`), or empty."""
    domain = domain.removesuffix(".")
    try:
        labels = [label.encode("idna").decode("ascii").lower() for label in domain.split(".")]
    except UnicodeError:  # empty, too long, or a character that no domain has
        return ""
    domain = ".".join(labels)
    return domain if len(labels) > 1 and len(domain) <= 253 and all(map(_LABEL.fullmatch, labels)) else ""
