"""The guards that every other test relies on."""

import os
import socket
from pathlib import Path

import pytest

from settings import default_settings


def test_home_when_a_test_runs_then_it_is_its_own(own_home):
    assert Path.home() == own_home
    assert default_settings(os.environ).index_dir.is_relative_to(own_home)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 80)])
def test_network_when_a_test_connects_to_another_machine_then_it_fails(address):
    with socket.socket() as connection, pytest.raises(pytest.fail.Exception, match="network"):
        connection.connect(address)


def test_network_when_a_test_sends_to_another_machine_then_it_fails():
    with socket.socket(type=socket.SOCK_DGRAM) as sender, pytest.raises(pytest.fail.Exception, match="network"):
        sender.sendto(b"hello", ("192.0.2.1", 53))


def test_network_when_a_name_is_looked_up_then_it_fails():
    with pytest.raises(pytest.fail.Exception, match=r"example\.org"):
        socket.getaddrinfo("example.org", 443)


def test_network_when_a_test_talks_to_this_machine_then_it_may():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1])) as client,
        server.accept()[0] as accepted,
    ):
        client.sendall(b"hello")
        assert accepted.recv(5) == b"hello"
