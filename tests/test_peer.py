"""Whose connection it is, with real ones."""

import os
import socket
import sys

import pytest

from web import peer
from web.peer import user_of_peer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no other system says")


# As Linux 6.1 writes it: a connection to 127.0.0.1:8080 that began at ::ffff:127.0.0.1.
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:CB2A 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 35011 1 0000000000000000 20 4 30 10 -1
"""  # noqa: E501


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


def test_peer_is_whoever_made_the_socket(server, nobody):
    _, port = server
    with socket.create_connection(server) as ours:
        assert user_of_peer(ours.getsockname()[1], port=port) == os.geteuid()
    with nobody(), socket.create_connection(server) as theirs:
        assert user_of_peer(theirs.getsockname()[1], port=port) == os.geteuid()


def test_peer_that_came_by_a_socket_of_ipv6_is_known(monkeypatch, tmp_path):
    table = tmp_path / "tcp6"
    table.write_text(TCP6)
    monkeypatch.setattr(peer, "TABLES", (table,))
    assert user_of_peer(0xCB2A, port=0x1F90) == 1001
    assert user_of_peer(0x1F90, port=0xCB2A) is None  # our own end of it


def test_peer_of_no_connection_of_ours_is_unknown(server):
    _, port = server
    with socket.create_connection(server) as client:
        client_port = client.getsockname()[1]
        assert user_of_peer(client_port + 1, port=port) is None
        assert user_of_peer(client_port, port=port + 1) is None


def test_peer_is_unknown_where_the_system_has_no_such_table(server, monkeypatch, tmp_path):
    monkeypatch.setattr(peer, "TABLES", (tmp_path / "gone",))
    with socket.create_connection(server) as client:
        assert user_of_peer(client.getsockname()[1], port=server[1]) is None
