"""pretix's own invoice renderer, measured beside ours, where pip can bring it here."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "2026.8.0"
_HOME = Path(tempfile.gettempdir()) / f"selfbill-bench-pretix-{VERSION}"
_PROGRAMME = Path(__file__).with_name("pretix_invoice.py")
_PATIENCE = 900  # seconds for an installation with a hundred dependencies


def measure_pretix(count: int) -> str:
    """A line of figures, or why there are none."""
    try:
        python = _install()
        figures = _run(python, count)
    except (OSError, subprocess.SubprocessError) as problem:
        told = getattr(problem, "stderr", "") or str(problem)
        return f"  pretix {VERSION} cannot be run here: {told.strip().splitlines()[-1]}"
    return (
        f"  pretix {VERSION}, warm, one line median {figures['median']:5.1f} ms   "
        f"of one core {figures['core']:5.1f} ms each   "
        f"the first {figures['first']:.0f} ms; {figures['size'] // 1000} kB without tags or e-invoice"
    )


def _install() -> Path:
    """The Python of an environment of its own under the temporary folder."""
    python, ready = _HOME / "bin" / "python", _HOME / ".installed"
    if not ready.exists():
        print(f"  Setting up pretix {VERSION} in {_HOME} …", flush=True)
        _call(sys.executable, "-m", "venv", "--clear", str(_HOME))
        _call(str(python), "-m", "pip", "install", "--quiet", f"pretix=={VERSION}")
        ready.touch()
    return python


def _run(python: Path, count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="selfbill-pretix-") as data:
        told = _call(str(python), str(_PROGRAMME), str(count), data=data)
    figures: dict[str, float] = json.loads(told.splitlines()[-1])
    return figures


def _call(*command: str, data: str = "") -> str:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO"))}
    environment = {**mine, "DATA_DIR": data} if data else mine
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=_PATIENCE, env=environment
    )
    return done.stdout
