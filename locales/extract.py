"""`python -m locales.extract`: brings messages.pot and every catalogue up to date with the sources."""

import sys

from locales.catalogues import AVAILABLE, SOURCE, po_file
from locales.po_files import TEMPLATE, make_template, merge_catalogue, write_catalogue
from locales.sources import find_sentences


def main() -> int:
    """Writes what changed, and says what."""
    template = make_template(list(find_sentences()))
    written = [TEMPLATE.name] if write_catalogue(TEMPLATE, template) else []
    for language in AVAILABLE:
        if language != SOURCE and write_catalogue(po_file(language), merge_catalogue(language, template)):
            written.append(language)
    print(f"{len(template)} messages; changed: {', '.join(written) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
