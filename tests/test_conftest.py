"""The guard against the network, seen from a test."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

pytest_plugins = ["pytester"]

HIDES_IT = """
    import socket

    def test_hides_it():
        try:
            socket.create_connection(("192.0.2.1", 9), timeout=1)
        except Exception:
            pass
"""


def test_a_hidden_connection_fails_the_test(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> None:
    """A test fails when it connects to another machine, even if the code under test swallows the error."""
    pytester.makeconftest((request.path.parent / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(HIDES_IT)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*tests have no network, and this one asked for*192.0.2.1*"])


def test_this_machine_can_be_reached() -> None:
    """A test may talk to a server that it started on the loopback interface."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_shared_is_beside_the_checkout(shared: Path) -> None:
    """Recorded answers are read where they lie, beside the checkout."""
    assert (shared / "samples").is_dir()
