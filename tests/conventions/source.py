"""The files that the conventions look at: what git tracks, and what it would."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("billing", "bot", "locales", "portal", "selfbill", "storage")


@cache
def files(suffix: str = "") -> tuple[Path, ...]:
    """Every file of the repository, ignored ones left out, as a path below ROOT."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    found = (Path(name) for name in sorted(set(listed)) if name.endswith(suffix) and name)
    return tuple(path for path in found if (ROOT / path).is_file())


@cache
def modules(*packages: str) -> tuple[Path, ...]:
    """Every Python file of `packages`, of the whole product where none is named."""
    return tuple(path for path in files(".py") if path.parts[0] in (packages or PACKAGES))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse((ROOT / path).read_text(), str(path))


def imports(path: Path) -> set[str]:
    """The full names of what a module imports: `billing.ids`, `aiohttp.web`."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found
