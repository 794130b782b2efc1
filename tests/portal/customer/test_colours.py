"""The tokens of the stylesheet, and any colour a merchant chooses, are readable in both schemes."""

import random
import re

import pytest

from portal.brand import brand_css
from portal.static_files import FOLDER

CSS = (FOLDER / "selfbill.css").read_text()
TINT = {"light": 0.09, "dark": 0.14}
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


def declared(css: str) -> dict[str, str]:
    found = re.findall(r"--([a-z-]+): ?(#[0-9a-f]{3,6})\b", css)
    return {
        name: "#" + "".join(c * 2 for c in value[1:]) if len(value) == 4 else value for name, value in found
    }


def tokens(scheme: str, css: str = CSS) -> dict[str, str]:
    light, _, dark = css.partition("@media")
    dark = dark.split("}", maxsplit=1)[0]
    return declared(light) if scheme == "light" else {**declared(light), **declared(dark)}


def channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(parts: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def tinted(colour: str, ground: str, share: float) -> list[float]:
    pairs = zip(channels(colour), channels(ground), strict=True)
    return [c * share + g * (1 - share) for c, g in pairs]


@SCHEMES
@pytest.mark.parametrize("text", ["ink", "soft"])
def test_text_is_readable_on_every_ground(scheme: str, text: str) -> None:
    all_of = tokens(scheme)
    grounds = ["page", "surface", "sunken", "good-bg", "wait-bg", "bad-bg"]
    worst = {ground: contrast(channels(all_of[text]), channels(all_of[ground])) for ground in grounds}
    assert min(worst.values()) >= 4.5, worst


@SCHEMES
@pytest.mark.parametrize("state", ["good", "wait", "bad"])
def test_states_are_readable_on_their_own_ground_and_on_cards(scheme: str, state: str) -> None:
    all_of = tokens(scheme)
    for ground in (f"{state}-bg", "surface", "page"):
        assert contrast(channels(all_of[state]), channels(all_of[ground])) >= 4.5


@SCHEMES
def test_the_edges_of_controls_can_be_seen(scheme: str) -> None:
    all_of = tokens(scheme)
    for ground in ("page", "surface"):
        assert contrast(channels(all_of["edge"]), channels(all_of[ground])) >= 3


def colours(seed: int) -> list[str]:
    chance = random.Random(seed)
    corners = ["000000", "ffffff", "ff0000", "00ff00", "0000ff", "ffff00", "00ffff", "ff00ff", "808080"]
    return corners + [f"{chance.randrange(1 << 24):06x}" for _ in range(300)]


@SCHEMES
def test_any_merchants_colour_is_readable_wherever_it_stands(scheme: str) -> None:
    seed = 2026
    own = tokens(scheme)
    for colour in colours(seed):
        brand = tokens(scheme, brand_css(colour))
        accent = brand["accent"]
        assert contrast(channels(brand["on-accent"]), channels(accent)) >= 4.5, (colour, seed)
        for ground in ("page", "surface", "sunken", "wait-bg", "good-bg", "bad-bg"):
            assert contrast(channels(accent), channels(own[ground])) >= 4.5, (colour, ground, seed)
        tint = tinted(accent, own["surface"], TINT[scheme])
        assert contrast(channels(accent), tint) >= 4.5, (colour, seed)
