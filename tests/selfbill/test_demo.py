"""What `selfbill demo` makes of its folder."""

from datetime import date
from pathlib import Path

from selfbill.demo import is_demo_folder
from selfbill.demo_merchant import PAST, find_demo_customers
from selfbill.past import write_past


def test_only_an_empty_folder_or_that_of_a_demo_is_ever_emptied(tmp_path: Path) -> None:
    assert is_demo_folder(tmp_path / "none")
    assert is_demo_folder(tmp_path)
    (tmp_path / "letter.txt").touch()
    assert not is_demo_folder(tmp_path)
    assert not is_demo_folder(tmp_path / "letter.txt")
    (tmp_path / "secrets.json").touch()
    assert is_demo_folder(tmp_path)


def test_who_to_try_bought_lately(tmp_path: Path) -> None:
    write_past(tmp_path / PAST, today=date(2026, 11, 22))
    customer, subscriber = find_demo_customers(tmp_path)
    rows = (tmp_path / PAST).read_text(encoding="utf-8-sig").splitlines()
    (bought,) = [row for row in rows if row.startswith(f"{customer['order_id']},")]
    (renewed,) = [row for row in rows if row.startswith(f"{subscriber['order_id']},")]
    assert "2026-11" in bought
    assert "2026-11" in renewed
    assert customer["email"] in bought
    assert subscriber["email"] in renewed
