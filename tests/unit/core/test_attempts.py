"""Retries get more."""

from bioscan.core.attempts import growing


def test_each_attempt_gets_as_much_again_up_to_three_times():
    memory = growing(8000)
    assert [memory(None, attempt) for attempt in (1, 2, 3, 4, 9)] == [
        *(8000, 16000, 24000),
        *(24000, 24000),
    ]
