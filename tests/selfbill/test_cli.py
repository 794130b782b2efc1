"""The command as somebody types it: what they can mend is one line that says how, and never a traceback."""

import asyncio
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import click
import pytest

from selfbill.cli import COMMANDS, main
from tests.journeys.demo_process import free_ports
from tests.selfbill.commands import run_command

GOOD = {
    "SELFBILL_SECRET_KEY": "a secret of the tests, long enough to be one",
    "SELFBILL_PUBLIC_URL": "http://127.0.0.1:8080",
    "SELFBILL_SMTP_URL": "smtp://127.0.0.1:2525",
    "SELFBILL_MAIL_FROM": "billing@lumen.example",
}


def is_one_line(said: str) -> bool:
    """Whether it is one sentence for a person."""
    return len(said.splitlines()) == 1 and "Traceback" not in said and "Errno" not in said


async def test_the_list_of_commands_needs_none_of_them_loaded() -> None:
    script = (
        "import sys; from selfbill.cli import main; main(['-h'], standalone_mode=False); print(*sys.modules)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    listed, loaded = told.decode().rsplit("\n", 2)[:2]
    assert "Bring a past in." in listed
    assert not {"selfbill.wiring", "sqlalchemy", "aiohttp"} & set(loaded.split())


def test_the_list_says_of_each_command_what_the_command_says() -> None:
    ctx = click.Context(main)
    listed = {name: main.get_command(ctx, name) for name in main.list_commands(ctx)}
    assert len(listed) == 11
    for name, command in listed.items():
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str(200).startswith(COMMANDS[name].line.rstrip("."))


async def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    port = free_ports()
    with closing(socket.create_server(("127.0.0.1", port + 2))):
        code, _, said = await run_command("demo", "--port", str(port), "--data", tmp_path / "demo")
    assert code == 1
    assert is_one_line(said)
    assert "--port" in said


@pytest.mark.parametrize("more", [[], ["--reset"]], ids=["start", "reset"])
@pytest.mark.parametrize("name", ["file", "file/below"])
async def test_a_folder_that_cannot_be_is_said_in_one_line(
    tmp_path: Path, name: str, more: list[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    code, _, said = await run_command("demo", "--data", tmp_path / name, *more)
    assert code == 1
    assert is_one_line(said)
    assert str(tmp_path / "file") in said
    assert (tmp_path / "file").read_text() == "mine"


async def test_a_folder_of_somebody_else_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    code, _, said = await run_command("demo", "--data", tmp_path, "--reset")
    assert code == 1
    assert is_one_line(said)
    assert (tmp_path / "letter.txt").read_text() == "mine"


async def test_a_port_that_cannot_be_is_a_usage_error() -> None:
    code, _, said = await run_command("demo", "--port", "70000")
    assert code == 2
    assert "--port" in said


async def test_a_newer_database_is_said_in_one_line(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "newer.sqlite3")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
        connection.commit()
    url = {"SELFBILL_DATABASE_URL": f"sqlite:///{tmp_path / 'newer.sqlite3'}"}
    for command in ("serve", "migrate"):
        code, _, said = await run_command(command, **GOOD, **url)
        assert code == 1
        assert is_one_line(said)
        assert "install the newer version" in said


async def test_all_problems_of_the_settings_are_listed_at_once() -> None:
    variables = GOOD | {
        "SELFBILL_SECRET_KEY": "short",
        "SELFBILL_PUBLIC_URL": "http://billing.example.com",
        "SELFBILL_DATBASE_URL": "sqlite:///typed-wrong",
        "SELFBILL_PORT": "70000",
    }
    code, _, said = await run_command("serve", **variables)
    assert code == 2
    lines = said.splitlines()
    for name in ("SECRET_KEY", "PUBLIC_URL", "DATBASE_URL", "DATABASE_URL", "PORT"):
        assert sum(line.startswith(f"SELFBILL_{name}") for line in lines) == 1, lines
    assert len(lines) == 5
    assert "short" not in said  # a secret is never printed


async def test_embedded_sqlite_is_not_run_apart(tmp_path: Path) -> None:
    url = {"SELFBILL_DATABASE_URL": f"sqlite:///{tmp_path / 'one.sqlite3'}"}
    code, _, said = await run_command("serve", "--role", "worker", **GOOD, **url)
    assert code == 1
    assert is_one_line(said)
