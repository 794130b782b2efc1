"""Settings: from variables and a file, all problems together."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from selfbill.settings import BadSettings, Settings, load_settings

GOOD = {
    "DATABASE_URL": "sqlite:///selfbill.sqlite3",
    "SECRET_KEY": "a secret of the tests, long enough to be one",
    "PUBLIC_URL": "https://billing.example.com/",
    "SMTP_URL": "smtps://user:word@mail.example.com",
    "MAIL_FROM": "billing@example.com",
}
STRIPE = {"ACCOUNT": "lumen", "STRIPE_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
SLACK = {"ACCOUNT": "lumen", "SLACK_TEAM_ID": "T1", "SLACK_BOT_TOKEN": "xoxb-1"}


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """For variables, with no setting of whoever runs the tests among them."""
    for name in [name for name in os.environ if name.startswith("SELFBILL_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def load(patch: pytest.MonkeyPatch, values: Mapping[str, str], file: Path | None = None) -> Settings:
    """Settings of these variables."""
    for name, value in values.items():
        patch.setenv(f"SELFBILL_{name}", value)
    return load_settings(file)


def problems(patch: pytest.MonkeyPatch, values: Mapping[str, str], file: Path | None = None) -> list[str]:
    """What is wrong with these variables."""
    with pytest.raises(BadSettings) as bad:
        load(patch, values, file)
    return bad.value.problems


def test_what_is_needed_is_enough_and_secrets_are_not_shown(patch: pytest.MonkeyPatch) -> None:
    settings = load(patch, GOOD)
    assert settings.public_url == "https://billing.example.com"
    assert settings.host == "127.0.0.1"
    assert GOOD["SECRET_KEY"] not in repr(settings)


def test_all_that_is_missing_is_named(patch: pytest.MonkeyPatch) -> None:
    assert problems(patch, {}) == [f"SELFBILL_{name} is missing" for name in GOOD]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://host/db"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "abcabc" * 10),
        ("PUBLIC_URL", "http://billing.example.com"),
        ("PUBLIC_URL", "https://billing.example.com/below"),
        ("SMTP_URL", "mail.example.com"),
        ("MAIL_FROM", "Lumen <billing@example.com>"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("STRIPE_API", "http://api.stripe.com"),
        ("SLACK_API", "slack.com"),
    ],
)
def test_a_bad_value_is_named_and_not_repeated(patch: pytest.MonkeyPatch, name: str, value: str) -> None:
    (problem,) = problems(patch, {**GOOD, name: value})
    assert problem.startswith(f"SELFBILL_{name}: ")
    assert name != "SECRET_KEY" or value not in problem


def test_a_mistyped_name_is_refused(patch: pytest.MonkeyPatch) -> None:
    assert problems(patch, {**GOOD, "STRIPE_KEI": "sk"}) == ["SELFBILL_STRIPE_KEI is not a setting"]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({**STRIPE, "ACCOUNT": ""}, "account"),
        ({**STRIPE, "STRIPE_WEBHOOK_SECRET": "sk_test_1"}, "differ"),
        (SLACK, "slack_signing_secret"),
        ({**SLACK, "SLACK_SIGNING_SECRET": "xoxb-1"}, "differ"),
        ({"SLACK_CLIENT_ID": "1.2"}, "slack_client_secret, slack_signing_secret"),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s"}, "slack_signing_secret"),
        ({"SLACK_CLIENT_SECRET": "s", "SLACK_SIGNING_SECRET": "t"}, "slack_client_id"),
        ({**SLACK, "SLACK_APP_TOKEN": ""}, "empty"),
        ({**SLACK, "SLACK_TEAM_ID": "", "SLACK_APP_TOKEN": "xapp-1"}, "slack_team_id"),
    ],
)
def test_what_belongs_together_is_wanted_together(
    patch: pytest.MonkeyPatch, values: dict[str, str], word: str
) -> None:
    (problem,) = problems(patch, {**GOOD, **values})
    assert word in problem


def test_variables_win_over_the_file(patch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings"
    lines = {**GOOD, "PORT": "9001", "HOST": "0.0.0.0"}
    file.write_text("".join(f"SELFBILL_{name}={value}\n" for name, value in lines.items()))
    settings = load(patch, {"PORT": "9002"}, file)
    assert (settings.port, settings.host) == (9002, "0.0.0.0")


def test_a_mistyped_name_in_the_file_is_refused(patch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text("SELFBILL_PROT=9001\n")
    assert problems(patch, GOOD, file) == ["SELFBILL_PROT is not a setting"]


def test_a_file_that_is_not_there_is_said(patch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert problems(patch, GOOD, tmp_path / "none") == [f"{tmp_path / 'none'} cannot be read"]


@pytest.mark.parametrize("server", ["", "127.0.0.1:5353", "192.0.2.1", "[2001:db8::1]:53"])
def test_a_name_server_is_an_address(patch: pytest.MonkeyPatch, server: str) -> None:
    assert load(patch, {**GOOD, "DNS_SERVER": server}).dns_server == server


@pytest.mark.parametrize(
    "server", ["dns.example", "192.0.2.1:0", "192.0.2.1:x", "x@192.0.2.1", "192.0.2.1/x"]
)
def test_what_is_no_name_servers_address_is_refused(patch: pytest.MonkeyPatch, server: str) -> None:
    (problem,) = problems(patch, {**GOOD, "DNS_SERVER": server})
    assert problem.startswith("SELFBILL_DNS_SERVER: ")
