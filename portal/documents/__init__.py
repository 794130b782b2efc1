"""Documents as PDF: record → typst → PDF. What is printed was frozen by billing; nothing is decided here."""

from portal.documents.drawing import draw

__all__ = ["draw"]
