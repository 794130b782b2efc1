"""The Makefile explains itself, and CI does what it does."""

import re

from tests.conventions.source import ROOT

ASKED_FOR = {"dev", "demo", "test", "test-pg", "lint", "types", "imports", "i18n", "migrate"}


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z][a-z0-9-]*):.*## \S", makefile, re.MULTILINE))
    assert targets == explained
    assert targets >= ASKED_FOR


def test_ci_calls_make_test_last() -> None:
    lines = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line]
    assert lines[-1].endswith("make --no-print-directory test")
