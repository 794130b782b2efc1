"""Setting up a merchant by command: it says what comes next, and what was typed wrong in one line."""

import pytest
from click.testing import CliRunner, Result

from selfbill.cli import main

OWNER = ("--email", "dana@example.com", "--name", "Dana")
PASSWORD = ("--password", "seven quiet lamps over water")


@pytest.fixture
def run(sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    settings = {
        "DATABASE_URL": sqlite_url,
        "SECRET_KEY": "a secret of the tests, long enough to be one",
        "PUBLIC_URL": "http://127.0.0.1:8080",
        "SMTP_URL": "smtp://127.0.0.1:2525",
        "MAIL_FROM": "billing@lumen.example",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"SELFBILL_{name}", value)

    def command(*words: str) -> Result:
        return CliRunner().invoke(main, words)

    return command


def test_a_new_account_says_what_comes_next(run):
    said = run("account", "create", "campus", "--name", "Campus", "--email", "billing@campus.example")
    assert said.exit_code == 0, said.output
    lines = [line.strip() for line in said.output.splitlines()]
    assert lines[0] == "Campus: http://127.0.0.1:8080/campus"
    assert lines[-1] == "http://127.0.0.1:8080/campus/desk/start"
    owner = next(line for line in lines if line.startswith("selfbill staff add"))
    words = owner.replace("YOU@EXAMPLE.COM", "dana@example.com").replace("YOUR-NAME", "Dana").split()[1:]
    said = run(*words, *PASSWORD)
    assert said.output.strip() == "Dana may sign in as owner: http://127.0.0.1:8080/campus/desk"


def test_what_was_typed_wrong_is_one_line(run):
    create = (
        "account",
        "create",
        "campus",
        "--name",
        "C",
        "--email",
        "c@campus.example",
        "--plan",
        "starter",
    )
    assert run(*create).exit_code == 0
    for words, told in (
        (create, "slug: Somebody already has this one. Please choose another."),
        (
            ("helpdesk", "add", "help", "--account", "campus", "--name", "H"),
            "The plan Starter does not include this.",
        ),
        (("staff", "add", "--account", "nobody", *OWNER, *PASSWORD), "There is no account “nobody”."),
        (
            ("staff", "add", "--account", "campus", *OWNER, "--password", "short"),
            "password: Please use at least 15 characters.",
        ),
    ):
        said = run(*words)
        assert (said.exit_code, said.output.strip()) == (1, told)


def test_a_lost_second_factor_is_named_by_its_person(run):
    assert run("account", "create", "campus", "--name", "C", "--email", "c@campus.example").exit_code == 0
    assert run("staff", "add", "--account", "campus", *OWNER, *PASSWORD).exit_code == 0
    for email, told in (
        ("nobody@example.com", "Nobody with the address nobody@example.com works there."),
        ("Dana@Example.com", "There is none."),
    ):
        said = run("staff", "reset-factor", "--account", "campus", "--email", email)
        assert (said.exit_code, said.output.strip()) == (1, told)


def test_an_audit_says_how_much_it_looked_at(run):
    assert run("audit").output.strip() == "There is no account yet."
    run("account", "create", "campus", "--name", "Campus", "--email", "billing@campus.example")
    for words in (("audit",), ("audit", "--account", "campus")):
        said = run(*words)
        assert (said.exit_code, said.output.splitlines()[-1]) == (
            0,
            "0 requests and 0 payments were checked: nothing to look at.",
        )
    missing = run("audit", "--account", "elsewhere")
    assert (missing.exit_code, missing.output.strip()) == (1, "There is no account elsewhere.")
