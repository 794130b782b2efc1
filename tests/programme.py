"""Programmes of the proofs, run by tests as anybody may run them: in a process of their own."""

import asyncio
import os
import sys


async def run_programme(*command: str) -> str:
    """What `python -m …` printed; AssertionError with all of it if it ended badly."""
    programme = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *command,
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told = (await programme.communicate())[0].decode()
    print(told)
    assert programme.returncode == 0, told
    return told
