"""What the documents point to is there."""

import re

from tests.conventions.source import ROOT, files

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
NAMED = re.compile(r"`((?:billing|bot|docs|locales|portal|selfbill|storage|tests|scripts)/[\w/.-]*)`")


def test_every_link_leads_somewhere() -> None:
    dead = {
        f"{path}: {link}"
        for path in files(".md")
        for link in LINK.findall((ROOT / path).read_text())
        if not (ROOT / path.parent / link).exists()
    }
    assert not dead


def test_every_file_that_is_named_exists() -> None:
    missing = {
        f"{path}: {name}"
        for path in files(".md")
        for name in NAMED.findall((ROOT / path).read_text())
        if not (ROOT / name).exists()
    }
    assert not missing
