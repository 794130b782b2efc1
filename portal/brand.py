"""A merchant's colour made readable, as links and as buttons, in light and in dark."""

import re
from dataclasses import dataclass

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (0, 0, 0)
# The stylesheet's hardest grounds for text in the merchant's colour: --sunken, and --surface below a tint.
_LIGHT: tuple[Rgb, Rgb] = ((238, 240, 244), (255, 255, 255))
_DARK: tuple[Rgb, Rgb] = ((33, 41, 54), (24, 30, 40))
_ON_DARK: Rgb = (15, 19, 26)
OUR_BLUE = "1d5bbf"
COLOUR = re.compile(r"[0-9a-f]{6}")
_READABLE = 4.6  # WCAG 2.2, 1.4.3 wants 4.5


@dataclass(frozen=True, slots=True)
class Accents:
    """A merchant's colour as `#rrggbb` for each colour scheme, and of text on it."""

    light: str
    on_light: str
    dark: str
    on_dark: str


def brand_css(colour: str) -> str:
    """`--accent` and `--on-accent` (text on it) for both colour schemes, from `rrggbb`."""
    accents = _accents(colour)
    return (
        f":root{{--accent:{accents.light};--on-accent:{accents.on_light}}}\n"
        "@media (prefers-color-scheme:dark){:root{"
        f"--accent:{accents.dark};--on-accent:{accents.on_dark}}}}}\n"
    )


def find_accents(colour: str) -> Accents:
    """The same for mails, which have no stylesheet: from `#rrggbb`; a wrong one gets our own blue."""
    code = colour.removeprefix("#").lower()
    return _accents(code if COLOUR.fullmatch(code) else OUR_BLUE)


def _accents(code: str) -> Accents:
    rgb = rgb_of(code)
    light = _readable(rgb, _LIGHT, tint=9, towards=_BLACK)
    dark = _readable(rgb, _DARK, tint=14, towards=WHITE)
    return Accents(_css(light), _css(WHITE), _css(dark), _css(_ON_DARK))


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _readable(colour: Rgb, grounds: tuple[Rgb, Rgb], *, tint: int, towards: Rgb) -> Rgb:
    sunken, surface = grounds
    for step in range(0, 100, 2):
        mixed = _mix(colour, towards, step)
        if min(contrast(mixed, sunken), contrast(mixed, _mix(surface, mixed, tint))) >= _READABLE:
            return mixed
    return towards


def _mix(colour: Rgb, towards: Rgb, percent: int) -> Rgb:
    red, green, blue = (
        (c * (100 - percent) + t * percent) // 100 for c, t in zip(colour, towards, strict=True)
    )
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def rgb_of(colour: str) -> Rgb:
    """From `rrggbb`."""
    return int(colour[0:2], 16), int(colour[2:4], 16), int(colour[4:6], 16)


def _css(colour: Rgb) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour)
