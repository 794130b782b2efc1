"""The wheel holds what the packages hold: templates, styles, fonts, data, and compiled catalogues."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.conventions.source import PACKAGES, ROOT, files


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    expected = {path for path in files() if path.parts[0] in PACKAGES}
    compiled = {path.with_suffix(".mo") for path in expected if path.suffix == ".po"}
    copy = tmp_path / "copy"
    for path in files():  # a copy, so that the build leaves nothing where other tests read
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy / path)

    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=copy, capture_output=True, check=True)

    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = {Path(name) for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected | compiled
