"""The account's colour as accent, where it can be read on paper."""

import re

INK = "#1f2328"
_READABLE = 4.5  # WCAG 2.2, 1.4.3: text against its background


def accent_of(colour: str) -> str:
    """`#rrggbb` as given if it stands out enough from white, else our ink."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return INK
    return colour.lower() if 1.05 / (_luminance(colour) + 0.05) >= _READABLE else INK


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it: 0 is black, 1 white."""
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
