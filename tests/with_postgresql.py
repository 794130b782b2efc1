"""`python -m tests.with_postgresql COMMAND …` runs a command with a PostgreSQL in SELFBILL_TEST_DATABASE_URL.

One that is named already is used; otherwise one is started for the command, and is gone after it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import postgresql
from tests.engines import SERVER


def main(command: list[str]) -> int:
    """The command's own exit status."""
    if os.environ.get(SERVER):
        return subprocess.run(command, check=False).returncode
    folder = Path(tempfile.mkdtemp(prefix="selfbill-postgresql-"))
    try:
        return subprocess.run(
            command, env={**os.environ, SERVER: postgresql.start(folder)}, check=False
        ).returncode
    finally:
        postgresql.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
