"""`selfbill …` in a process of its own, forked from one that has the imports, two seconds each, behind it."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.journeys.demo_process import PATIENCE, clean_environment

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    ["selfbill.demo_commands", "selfbill.merchant_commands", "selfbill.service_commands"]
)


async def run_command(*words: str | Path, **variables: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `selfbill …` with these variables and no other settings."""
    return await asyncio.to_thread(_call, [str(word) for word in words], clean_environment() | variables)


def _call(words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _PROCESSES.Process(target=_run, args=(words, environment, str(out), str(err)), daemon=True)
        process.start()
        process.join(PATIENCE)
        assert process.exitcode is not None, "it still runs"
        return process.exitcode, out.read_text(), err.read_text()


def _run(words: Sequence[str], environment: Mapping[str, str], out: str, err: str) -> None:
    for name, number in ((os.devnull, 0), (out, 1), (err, 2)):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), number)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    from selfbill.cli import main  # here, because it is there already, and costs who calls nothing

    main(words, prog_name="selfbill")
