"""What must not be in any file: where somebody's machine keeps things, or where packages come from."""

import re

from tests.conventions.source import ROOT, files

MACHINE_PATH = re.compile(rb"/(?:root|work|opt|home/\w+|Users/\w+)/")
# spelled in two parts, so that this file does not find itself
REGISTRY = re.compile(rb"(?i)\b(?:pypi\.o" rb"rg|pythonhosted\.o" rb"rg|npmjs\.o" rb"rg|debian\.o" rb"rg)")


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert not [path for path in files() if MACHINE_PATH.search((ROOT / path).read_bytes())]


def test_no_file_names_a_package_registry() -> None:
    assert not [path for path in files() if REGISTRY.search((ROOT / path).read_bytes())]
