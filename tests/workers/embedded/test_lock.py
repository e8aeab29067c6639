import pytest

from workers.embedded.errors import AlreadyRunning
from workers.embedded.lock import run_lock


def test_a_second_start_is_told_where_the_first_one_is(tmp_path):
    with (
        run_lock(tmp_path, "http://127.0.0.1:8000"),
        pytest.raises(AlreadyRunning) as told,
        run_lock(tmp_path, "http://other"),
    ):
        pass
    assert "http://127.0.0.1:8000" in str(told.value)
    assert told.value.exit_code == 3


def test_the_lock_is_free_when_its_holder_has_ended(tmp_path):
    for _ in range(2):
        with run_lock(tmp_path, "http://127.0.0.1:8000"):
            pass
