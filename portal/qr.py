"""QR codes: drawn as SVG with attributes alone, since our pages hold no style; or as PNG, to be printed."""

import io
from dataclasses import dataclass

import segno

_QUIET = 4  # modules of white around it, without which readers do not find it
_PNG_SCALE = 12  # pixels for each module


@dataclass(frozen=True, slots=True)
class QrCode:
    """`size` modules wide, the white around it counted; `path` draws the dark ones as an SVG path."""

    text: str
    size: int
    path: str


def draw_qr(text: str) -> QrCode:
    """Error correction M: readable from a screen and from paper."""
    rows = [bytes(row) for row in _make(text).matrix]
    strokes = [
        f"M{start + _QUIET} {y + _QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    ]
    return QrCode(text, len(rows) + 2 * _QUIET, "".join(strokes))


def svg_file(code: QrCode) -> bytes:
    """A file of its own; dark on white whatever is behind it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {code.size} {code.size}" '
        f'width="{code.size * _PNG_SCALE}" height="{code.size * _PNG_SCALE}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{code.size}v{code.size}h-{code.size}z"/>'
        f'<path d="{code.path}"/></svg>\n'
    ).encode()


def png_file(code: QrCode) -> bytes:
    """The same in pixels."""
    buffer = io.BytesIO()
    _make(code.text).save(buffer, kind="png", scale=_PNG_SCALE, border=_QUIET)
    return buffer.getvalue()


def _make(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False)


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Where dark modules that touch begin, and how many they are: one stroke instead of many."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((x, 1))
    return runs
