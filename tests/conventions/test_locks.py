"""The locks are exact, hashed, without an address, in step with the project, below no known hole."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version

import pytest
from aiohttp import http_parser
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conventions.source import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


def pinned(lock: str) -> dict[str, str]:
    """Package → version."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def floor() -> list[Requirement]:
    """The lowest safe versions."""
    lines = (
        line.split("#")[0].strip() for line in (ROOT / "docs/security-floor.txt").read_text().splitlines()
    )
    return [Requirement(line) for line in lines if line]


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return [Requirement(line) for some in lists for line in some]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_version_a_hash_or_a_remark(lock: str) -> None:
    line = re.compile(r"[a-z0-9.-]+==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    #.*")
    text = (ROOT / lock).read_text()
    assert not [number for number, found in enumerate(text.splitlines(), 1) if not line.fullmatch(found)]
    assert "://" not in text


def test_the_development_lock_holds_what_the_running_lock_holds() -> None:
    assert pinned(LOCKS[0]).items() <= pinned(LOCKS[1]).items()


@pytest.mark.parametrize(("lock", "extras"), [(LOCKS[0], ["build"]), (LOCKS[1], ["build", "dev"])])
def test_a_lock_is_in_step_with_the_project(lock: str, extras: list[str]) -> None:
    versions = pinned(lock)
    behind = [
        str(wanted)
        for wanted in declared(*extras)
        if not wanted.specifier.contains(versions[canonicalize_name(wanted.name)])
    ]
    assert not behind


@pytest.mark.parametrize("lock", LOCKS)
def test_no_locked_version_is_below_the_security_floor(lock: str) -> None:
    versions = pinned(lock)
    assert not [str(safe) for safe in floor() if not safe.specifier.contains(versions[safe.name])]


@pytest.mark.parametrize("safe", floor(), ids=str)
def test_no_installed_version_is_below_the_security_floor(safe: Requirement) -> None:
    try:
        installed = version(safe.name)
    except PackageNotFoundError:
        pytest.fail(f"{safe.name} is not installed: a name in the floor that nothing needs any more")
    assert safe.specifier.contains(installed)


def test_aiohttp_parses_with_its_c_extension() -> None:
    assert http_parser.HttpRequestParser is not http_parser.HttpRequestParserPy
