"""A contact sheet of documents, to be looked at: `python -m tests.portal.documents.sheet FILE [LANGUAGE …]`.

A row for each language, a column for each of a choice of kinds and tax cases; FILE is a PNG.
"""

import sys
from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from billing.states import DocumentKind
from portal.documents.drawing import draw_picture
from tests.portal.documents.cases import BUYERS, make, make_logo

_GAP = 12  # pixels between pages
_COLUMNS = (
    (DocumentKind.INVOICE, "mixed", "refund"),
    (DocumentKind.INVOICE, "reverse-charge", "refund"),
    (DocumentKind.INVOICE, "discount", "refund"),
    (DocumentKind.CREDIT_NOTE, "dinar", "refund"),
    (DocumentKind.CREDIT_NOTE, "small-business", "correction"),
    (DocumentKind.RECEIPT, "yen", "refund"),
)


def draw_sheet(languages: Sequence[str], *, ppi: float) -> Image.Image:
    """All of them on one picture; every other column with a logo."""
    logo = make_logo()
    rows = [
        [
            Image.open(
                BytesIO(draw_picture(make(kind, case, each, of=of), logo if i % 2 else None, ppi=ppi)[0])
            )
            for i, (kind, case, of) in enumerate(_COLUMNS)
        ]
        for each in languages
    ]
    width, height = rows[0][0].width + _GAP, rows[0][0].height + _GAP
    sheet = Image.new("RGB", (width * len(_COLUMNS) + _GAP, height * len(rows) + _GAP), "#8c959f")
    for down, row in enumerate(rows):
        for across, page in enumerate(row):
            sheet.paste(page, (_GAP + across * width, _GAP + down * height))
    return sheet


def main(arguments: Sequence[str]) -> None:
    """Write it."""
    file, *languages = arguments
    draw_sheet(languages or list(BUYERS), ppi=60 if not languages else 90).save(file)
    print(f"{file}: {', '.join(languages or BUYERS)}")


if __name__ == "__main__":
    main(sys.argv[1:])
