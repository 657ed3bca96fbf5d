"""What holds for every test: no network, no surprises from the environment, found samples."""

from __future__ import annotations

import ipaddress
import os
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

ROOT = Path(__file__).parents[1]

collect_ignore = [] if find_spec("pyspark") else ["spark"]  # `make test-spark` installs Spark, and nothing else does


class NetworkUsedError(Exception):
    """A test tried to leave this machine."""


class NoNetwork:
    """Refuse connections and name look-ups, and fail the test that asked for one.

    Refusing alone would not do: the library turns a connection that fails into an answer. As a plugin
    rather than a fixture it also covers the examples in docstrings.
    """

    def __init__(self) -> None:
        self.attempts: list[object] = []

    def guard(self) -> None:
        """Replace the ways out of the process."""
        self._guard_method("connect")
        self._guard_method("connect_ex")
        self._guard_method("sendto")
        resolve = socket.getaddrinfo

        def guarded(host: bytes | str | None, *args: object, **kwargs: object) -> object:
            self._refuse_unless_local(host)
            return resolve(host, *args, **kwargs)  # type: ignore[arg-type]  # passed on as it came

        socket.getaddrinfo = guarded  # type: ignore[assignment]  # the same calls, checked first

    def _guard_method(self, name: str) -> None:
        original: Callable[..., object] = getattr(socket.socket, name)

        def guarded(this: socket.socket, *args: object) -> object:
            address = args[-1]
            if this.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
                self._refuse_unless_local(address[0])
            return original(this, *args)

        setattr(socket.socket, name, guarded)

    def _refuse_unless_local(self, host: object) -> None:
        if not _is_local(host):
            self.attempts.append(host)
            msg = f"tests have no network, and this one asked for {host!r}"
            raise NetworkUsedError(msg)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Fail the test even if the code that it ran hid the refusal."""
        self.attempts.clear()
        result = yield
        if self.attempts:
            pytest.fail(f"tests have no network, and this one asked for {self.attempts}")
        return result


def _is_local(host: object) -> bool:
    if host is None or host in {"", b"", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def pytest_configure(config: pytest.Config) -> None:
    """Close the network and fix what tables and colours would take from the terminal."""
    no_network = NoNetwork()
    no_network.guard()
    config.pluginmanager.register(no_network, "no-network")
    os.environ.update(COLUMNS="100", NO_COLOR="1", PAYCOMPARE_CACHE=str(ROOT / ".pytest_cache" / "paycompare"))
    os.environ.pop("FORCE_COLOR", None)
    settings.register_profile("paycompare", parent=settings(), deadline=None)
    settings.load_profile("paycompare")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of recorded answers that may stand beside the checkout, or skip."""
    folder = ROOT.parent / "shared"
    if not (folder / "samples").is_dir():
        pytest.skip("recorded answers are read from ../shared/samples, which is not there")
    return folder
