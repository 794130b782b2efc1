"""The account's colour as accent, where it can be read on paper."""

import re

from portal.brand import WHITE, contrast, rgb_of

INK = "#1f2328"
_READABLE = 4.5  # WCAG 2.2, 1.4.3: text against its background


def accent_of(colour: str) -> str:
    """`#rrggbb` as given if it stands out enough from white, else our ink."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return INK
    return colour.lower() if contrast(rgb_of(colour[1:]), WHITE) >= _READABLE else INK
