import os
import socket

import pytest

from workers.embedded.errors import PortTaken
from workers.embedded.ports import Ports, is_free


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_told_with_its_setting_and_its_holder(tmp_path, taken):
    with pytest.raises(PortTaken) as told:
        Ports(tmp_path / "ports.json").claim("temporal_ui", taken)
    assert str(taken) in str(told.value)
    assert "TEMPORAL_UI_PORT" in str(told.value)
    assert f"pid {os.getpid()}" in str(told.value)
    assert told.value.exit_code == 2


def test_ports_are_the_same_at_the_next_start(tmp_path):
    file = tmp_path / "ports.json"
    first = {name: Ports(file).claim(name) for name in ("s3", "postgres")}
    assert first == {name: Ports(file).claim(name) for name in ("s3", "postgres")}
    assert len(set(first.values())) == 2


def test_a_remembered_port_that_was_taken_meanwhile_is_given_up(tmp_path, taken):
    file = tmp_path / "ports.json"
    file.write_text(f'{{"s3": {taken}}}')
    chosen = Ports(file).claim("s3")
    assert chosen != taken
    assert is_free(chosen)
