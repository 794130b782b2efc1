"""Build hook: compiles every catalogue of locales/ from .po to .mo before files are collected."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheel, sdist and editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Writes a .mo beside each .po; a catalogue that cannot be read stops the build."""
        for po in sorted(Path(self.root, "locales").glob("*/LC_MESSAGES/*.po")):
            with po.open("rb") as text:
                catalogue = read_po(text, abort_invalid=True)
            unfinished = po.with_suffix(".mo.new")
            with unfinished.open("wb") as compiled:
                write_mo(compiled, catalogue)
            unfinished.replace(po.with_suffix(".mo"))  # at once: somebody may be reading the old one
