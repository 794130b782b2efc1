"""Names as people search for them: in words, without case and accents."""

import re
import unicodedata

MOST_WORDS = 12  # of one name; nobody types more, and an import must not be made to write without end
MOST_LETTERS = 64

# Letters that Unicode does not take apart, as people without them on their keyboard type them.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i"}
)
_APOSTROPHES = re.compile("['’‘ʼ`´]")
_WORD = re.compile(r"[^\W_]+")


def name_words(text: str) -> tuple[str, ...]:
    """The words of a name as they are stored and looked up, each once: `Zoë O'Neil` is `zoe` and `oneil`."""
    folded = _APOSTROPHES.sub("", text[: MOST_WORDS * MOST_LETTERS])
    for _ in range(2):  # taking apart may uncover case, and the other way round
        folded = unicodedata.normalize("NFKD", folded.casefold())
    bare = "".join(c for c in folded if not unicodedata.category(c).startswith("M")).translate(_PLAIN)
    words = (word[:MOST_LETTERS] for word in _WORD.findall(bare))
    return tuple(dict.fromkeys(words))[:MOST_WORDS]
