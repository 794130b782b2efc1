"""The port of the domain name system: what is asked, and that it may be silent."""

from collections.abc import Sequence
from typing import Protocol


class NoAnswer(Exception):
    """Nobody answered in time, or not in earnest: whether there is such a record is unknown."""


class TextResolver(Protocol):
    """Looks TXT records up."""

    async def look_up_texts(self, name: str) -> Sequence[str]:
        """All TXT records of this name, each as one text; none where there are none. Raises `NoAnswer`."""
        ...
