"""The manifests of the repository, as the small Slack reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selfbill.sandbox.slack.declared import EVENTS, MEANING, declared_by

MANIFESTS = sorted(Path("docs/slack").glob("manifest*.json"))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_manifest_names_nothing_that_slack_has_not(path: Path) -> None:
    declared = declared_by(json.loads(path.read_text("utf-8")))
    assert declared.events is not None
    assert set(declared.events) <= EVENTS.keys()
    assert set(declared.scopes) <= MEANING.keys()


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_every_event_of_a_manifest_has_a_scope_that_allows_it(path: Path) -> None:
    declared = declared_by(json.loads(path.read_text("utf-8")))
    for event in declared.events or ():
        needed = EVENTS[event]
        assert not needed or {*needed} & {*declared.scopes}, event


def test_domains_commands_and_addresses() -> None:
    declared = declared_by(
        {
            "features": {
                "unfurl_domains": ["desk.example"],
                "slash_commands": [{"command": "/refunds"}],
                "app_home": {"messages_tab_read_only_enabled": True},
            },
            "oauth_config": {"redirect_urls": ["https://desk.example/slack"]},
        }
    )
    assert declared.unfurls("eu.desk.example")
    assert not declared.unfurls("undesk.example")
    assert declared.has_command("/refunds")
    assert not declared.has_command("/other")
    assert declared.may_return_to("https://desk.example/slack/done")
    assert not declared.may_return_to("https://elsewhere.example/slack")
    assert not declared.hears("user_change")
    assert not declared.answers_messages
    assert not declared.rotates
