"""The app's manifest: as Slack takes it, and no more and no less than the code uses."""

import ast
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.door import Kind
from bot.manifest import ASKED_SCOPES, CALLBACK, COMMANDS, EVENTS, REQUESTS, SCOPES, draw_manifest
from portal.keys import SETTINGS, URLS
from selfbill.cli import main
from selfbill.sandbox.slack.declared import EVENTS as SCOPES_OF_EVENTS
from selfbill.sandbox.slack.web_api import METHODS
from tests.bot.json_schema import problems
from tests.site import Site

ROOT = Path(__file__).parents[2]
ADDRESS = "https://billing.example.com"
SCHEMA = json.loads((Path(__file__).parent / "slack_manifest.schema.json").read_text())


def methods_called() -> Iterator[str]:
    """Every Web API method that a name in the bot's code stands for."""
    for file in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute):
                name = node.attr.replace("_", ".", 1)
                if name in METHODS:
                    yield name


@pytest.mark.parametrize("socket_mode", [False, True])
def test_slack_takes_the_manifest(socket_mode: bool) -> None:
    drawn = draw_manifest(ADDRESS, socket_mode=socket_mode)
    assert list(problems(drawn, SCHEMA, SCHEMA)) == []


def test_what_slack_would_refuse_is_found() -> None:
    def refused(**changes: object) -> list[str]:
        drawn = deepcopy(draw_manifest(ADDRESS, socket_mode=False))
        drawn.update(changes)
        return list(problems(drawn, SCHEMA, SCHEMA))

    assert refused(display_information={"name": "x" * 36})
    assert refused(display_information={})
    assert refused(surprise=1)
    assert refused(settings={"socket_mode_enabled": "yes"})


@pytest.mark.parametrize(("flags", "name"), [([], "manifest"), (["--socket"], "manifest-socket-mode")])
def test_the_examples_are_what_the_command_prints(flags: list[str], name: str) -> None:
    printed = CliRunner().invoke(main, ["slack", "manifest", "--url", f"{ADDRESS}/", *flags])
    assert printed.exit_code == 0, printed.output
    assert printed.output == (ROOT / "docs" / "slack" / f"{name}.json").read_text()


def test_an_address_without_encryption_is_refused() -> None:
    printed = CliRunner().invoke(main, ["slack", "manifest", "--url", "http://billing.example.com"])
    assert printed.exit_code != 0
    assert "https" in printed.output


def test_every_scope_is_needed_and_none_is_missing(site: Site) -> None:
    needed: set[str] = {"commands"} if COMMANDS else set()
    ways = {name: METHODS[name].scopes for name in methods_called()}
    ways |= {each: SCOPES_OF_EVENTS[each] for names in EVENTS.values() for each in names}
    for name, alternatives in ways.items():
        usable = set(alternatives) & set(ASKED_SCOPES)
        assert usable or not alternatives, name
        needed |= usable
    assert needed == set(ASKED_SCOPES)
    assert set(SCOPES) < set(ASKED_SCOPES)
    # What people are asked for is what the manifest declares.
    asking = site.service.app[SETTINGS].add_to_slack
    assert asking is not None
    assert asking.scopes == tuple(draw_manifest(ADDRESS, socket_mode=False)["oauth_config"]["scopes"]["bot"])


def test_events_and_commands_are_those_that_are_listened_to(site: Site) -> None:
    assert site.service.bot is not None
    declared = site.service.bot.declared
    assert {each.name for each in declared if each.kind is Kind.EVENT} == set(EVENTS)
    assert {each.name for each in declared if each.kind is Kind.COMMAND} == set(COMMANDS)


def test_slack_finds_us_where_the_manifest_says(site: Site) -> None:
    entries = site.service.app[URLS].entries
    found = {each.path: each.method for each in entries if each.path in {REQUESTS, CALLBACK}}
    assert found == {REQUESTS: "POST", CALLBACK: "GET"}
