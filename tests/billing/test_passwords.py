"""Which passwords are refused."""

import pytest

from billing.errors import Invalid
from billing.passwords import is_common, must_be_good


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword123",
        "iloveyouforever!!",
        "123456789012345",
        "qwertyuiopasdfgh",
        "P@ssw0rd!P@ssw0rd!",
        "aaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "correct horse battery staple",
        "Summer2026Summer2026",
        "to be or not to be, that is the question",
        "WELCOME welcome 2026",
        "Whitfield1234567",
        "dana@example.com",
        "d.a.n.a whitfield",
    ],
)
def test_what_everybody_would_guess_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        must_be_good(password, own_words=("Dana Whitfield", "dana@example.com"))
    assert (refused.value.field, refused.value.problem) == ("password", "too-common")


@pytest.mark.parametrize(
    "password",
    ["teal otter hums under ferns", "3f8a2c-91bd07-e4c5a6", "xk9mvqp3tzw7lrc", "Lieber fünf Gurken als Zaun"],
)
def test_what_is_somebodys_own_is_taken(password: str) -> None:
    must_be_good(password, own_words=("Dana Whitfield", "dana@example.com"))


@pytest.mark.parametrize(("password", "problem"), [("short", "too-short"), ("x" * 257, "too-long")])
def test_length_has_bounds(password: str, problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        must_be_good(password)
    assert refused.value.problem == problem


def test_nothing_and_nonsense_have_an_answer() -> None:
    assert is_common("")
    assert is_common("\u0301" * 40)
    assert not is_common("ложка борща утром рано", own_words=("", "…"))
