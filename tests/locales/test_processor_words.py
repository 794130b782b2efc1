"""Whatever becomes of a key of the payment processor has a sentence that says what to do."""

import pytest

from billing.processing.connecting import KEY_UNKNOWN, PERMISSIONS, REQUIRED, TAKEN, UNDER_WAY
from billing.states import ConnectionEnd, Permission
from locales.processor_words import PERMISSION_WORDS, connection_ended, problem_sentence
from locales.translator import get_translator

SAY = get_translator("en")


def test_every_permission_has_its_name_there_and_says_what_is_off_without_it() -> None:
    assert set(PERMISSION_WORDS) == set(Permission)
    for permission, words in PERMISSION_WORDS.items():
        assert words.resource
        assert words.purpose
        assert bool(words.without) is (permission not in REQUIRED)


@pytest.mark.parametrize("problem", [KEY_UNKNOWN, PERMISSIONS, TAKEN, UNDER_WAY])
def test_every_problem_has_a_sentence(problem: str) -> None:
    told = problem_sentence(problem, "acct_1", SAY)
    assert ("acct_1" in told) is (problem in {TAKEN, UNDER_WAY})


@pytest.mark.parametrize("why", ConnectionEnd)
def test_every_end_has_a_sentence(why: ConnectionEnd) -> None:
    assert connection_ended(why, "Lumen", "rk_live_…Q7xA", SAY).endswith(".")
