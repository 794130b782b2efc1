"""Documents as PDF: record → typst → PDF. What is printed was frozen by billing; nothing is decided here."""

from portal.documents.drawing import draw
from portal.documents.drawn import digest_of, fetch_pdf

__all__ = ["digest_of", "draw", "fetch_pdf"]
