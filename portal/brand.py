"""A merchant's colour made readable, as links and as buttons, in light and in dark."""

Rgb = tuple[int, int, int]

_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (0, 0, 0)
# The stylesheet's hardest grounds for text in the merchant's colour: --sunken, and --surface below a tint.
_LIGHT: tuple[Rgb, Rgb] = ((238, 240, 244), (255, 255, 255))
_DARK: tuple[Rgb, Rgb] = ((33, 41, 54), (24, 30, 40))
_ON_DARK: Rgb = (15, 19, 26)
_READABLE = 4.6  # WCAG 2.2, 1.4.3 wants 4.5


def brand_css(colour: str) -> str:
    """`--accent` and `--on-accent` (text on it) for both colour schemes, from `rrggbb`."""
    rgb = _parse(colour)
    light = _readable(rgb, _LIGHT, tint=9, towards=_BLACK)
    dark = _readable(rgb, _DARK, tint=14, towards=_WHITE)
    return (
        f":root{{--accent:{_css(light)};--on-accent:{_css(_WHITE)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{_css(dark)};--on-accent:{_css(_ON_DARK)}}}}}\n"
    )


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


def _parse(colour: str) -> Rgb:
    return int(colour[0:2], 16), int(colour[2:4], 16), int(colour[4:6], 16)


def _css(colour: Rgb) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour)
