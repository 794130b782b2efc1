"""Charts as SVG: pure functions from numbers to elements with attributes only. Colour is never alone.

Every series has a pattern of its own, every bar its number in a title, and the page has the table below.
Colours are those of the text around (`currentColor`), so that a chart is as light or dark as its page.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from math import ceil, log10

from markupsafe import Markup

_WIDTH, _HEIGHT = 640, 240
_LEFT, _TOP, _BOTTOM = 46, 10, 26
_PLOT_W, _PLOT_H = _WIDTH - _LEFT - 6, _HEIGHT - _TOP - _BOTTOM
_ROW, _NAMES = 30, 210
_MOST_LABELS = 8
_LETTERS = 26  # of a name beside a bar; all of it is in the bar's title
# What is drawn on a tile of 8 by 8, and how dark the tile itself is.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("", "0.85"),
    ("M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", "0.12"),
    ("M2,2 h2 v2 h-2 z M6,6 h2 v2 h-2 z", "0.3"),
    ("M0,4 h8", "0.06"),
    ("M4,0 v8 M0,4 h8", "0.2"),
)
MOST_SERIES = len(_PATTERNS)


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing over all steps; `shown` are its numbers in the reader's words."""

    name: str
    values: tuple[float, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: `labels` of the steps or rows, a title and one sentence on what there is to see."""

    key: str  # names the elements of this chart on its page
    title: str
    described: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""  # after the numbers of the axis


def columns(chart: Chart) -> Markup:
    """Series stacked step by step, from left to right in every language; at most `MOST_SERIES` of them."""
    top = _round_up(max((sum(each) for each in zip(*_values(chart), strict=True)), default=0))
    svg = _begin(chart, _HEIGHT)
    _draw_axis(svg, top, chart.unit)
    width = _PLOT_W / max(len(chart.labels), 1)
    for step, label in enumerate(chart.labels):
        x, y = _LEFT + step * width, float(_TOP + _PLOT_H)
        for place, one in enumerate(chart.series):
            height = one.values[step] / top * _PLOT_H
            y -= height
            if height > 0:
                bar = (x + width * 0.12, y, width * 0.76, height)
                _bar(svg, chart, place, bar, _said(label, one, step, chart))
        if step % ceil(len(chart.labels) / _MOST_LABELS) == 0:
            _text(svg, x + width / 2, _HEIGHT - 8, label, "middle")
    return _written(svg)


def bars(chart: Chart) -> Markup:
    """One series as rows, each with its name and number beside it."""
    (only,) = chart.series
    top = max((*only.values, 1e-9))
    svg = _begin(chart, _ROW * max(len(chart.labels), 1) + 4)
    room = _WIDTH - _NAMES - 90
    for row, label in enumerate(chart.labels):
        y, width = 2 + row * _ROW, max(only.values[row], 0) / top * room
        _text(svg, _NAMES - 10, y + 19, _cut(label), "end")
        if width > 0:
            _bar(svg, chart, 0, (_NAMES, y + 4, width, _ROW - 8), _said(label, only, row, chart))
        _text(svg, _NAMES + width + 8, y + 19, only.shown[row], "start")
    return _written(svg)


def legend(chart: Chart) -> tuple[tuple[str, Markup], ...]:
    """The name of each series with a small tile of its pattern, for beside the chart."""
    tiles = []
    for place, one in enumerate(chart.series):
        tile = ET.Element(
            "svg", {"viewBox": "0 0 16 16", "width": "16", "height": "16", "aria-hidden": "true"}
        )
        tile.append(_tile(chart, place, (0, 0, 16, 16)))
        tiles.append((one.name, _written(tile)))
    return tuple(tiles)


def _values(chart: Chart) -> list[tuple[float, ...]]:
    return [one.values for one in chart.series]


def _begin(chart: Chart, height: int) -> ET.Element:
    """A picture with a name and a description, and the patterns of its series."""
    svg = ET.Element(
        "svg",
        {
            "class": "chart",
            "viewBox": f"0 0 {_WIDTH} {height}",
            "width": str(_WIDTH),
            "height": str(height),
            "role": "img",
            "aria-labelledby": f"{chart.key}-title {chart.key}-desc",
            "direction": "ltr",  # time goes from left to right, and labels stand where they are put
        },
    )
    ET.SubElement(svg, "title", {"id": f"{chart.key}-title"}).text = chart.title
    ET.SubElement(svg, "desc", {"id": f"{chart.key}-desc"}).text = chart.described
    defs = ET.SubElement(svg, "defs")
    for place in range(len(chart.series)):
        _pattern(defs, chart, place)
    return svg


def _pattern(defs: ET.Element, chart: Chart, place: int) -> None:
    drawn, dark = _PATTERNS[place]
    size = {"width": "8", "height": "8"}
    tile = ET.SubElement(
        defs,
        "pattern",
        {"id": f"{chart.key}-{place}", "class": f"s{place}", "patternUnits": "userSpaceOnUse", **size},
    )
    ET.SubElement(tile, "rect", {**size, "fill": "currentColor", "fill-opacity": dark})
    if drawn:
        ET.SubElement(
            tile, "path", {"d": drawn, "stroke": "currentColor", "stroke-width": "1.6", "fill": "none"}
        )


def _draw_axis(svg: ET.Element, top: float, unit: str) -> None:
    for part in range(3):
        y = _TOP + _PLOT_H * (1 - part / 2)
        line = {"x1": str(_LEFT), "x2": str(_WIDTH - 6), "y1": _n(y), "y2": _n(y)}
        ET.SubElement(svg, "line", {**line, "stroke": "currentColor", "stroke-opacity": "0.25"})
        _text(svg, _LEFT - 6, y + 4, f"{top * part / 2:g}{unit}", "end")


def _bar(
    svg: ET.Element, chart: Chart, place: int, box: tuple[float, float, float, float], said: str
) -> None:
    bar = _tile(chart, place, box)
    ET.SubElement(bar, "title").text = said
    svg.append(bar)


def _tile(chart: Chart, place: int, box: tuple[float, float, float, float]) -> ET.Element:
    x, y, width, height = (_n(each) for each in box)
    return ET.Element(
        "rect",
        {
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            "class": f"s{place}",
            "fill": f"url(#{chart.key}-{place})",
            "stroke": "currentColor",
            "stroke-width": "1",
        },
    )


def _text(svg: ET.Element, x: float, y: float, text: str, anchor: str) -> None:
    at = {"x": _n(x), "y": _n(y), "text-anchor": anchor, "fill": "currentColor", "font-size": "12"}
    ET.SubElement(svg, "text", {**at, "aria-hidden": "true"}).text = text


def _said(label: str, one: Series, place: int, chart: Chart) -> str:
    name = f"{one.name}, " if len(chart.series) > 1 else ""
    return f"{name}{label}: {one.shown[place]}"


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1].rstrip()}…"


def _round_up(number: float) -> float:
    """The next of 1, 2, 4, 6, 10, 20, …, so that half of it is round too; 1 for nothing."""
    if number <= 0:
        return 1
    unit = 10 ** (ceil(log10(number)) - 1)
    return float(next(unit * step for step in (1, 2, 4, 6, 10) if unit * step >= number))


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _written(element: ET.Element) -> Markup:
    # Escaped by the writer of XML; nothing in it was markup before.
    return Markup(ET.tostring(element, encoding="unicode"))  # noqa: S704
