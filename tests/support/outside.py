"""Keeps tests on this machine: whatever is addressed elsewhere is refused and remembered."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import responses

LOOPBACK_URL = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])([:/]|$)")


def is_loopback(host: object) -> bool:
    """Whether a host, as given to `socket.getaddrinfo`, is this machine."""
    text = host.decode() if isinstance(host, bytes) else host
    if text in {None, "", "localhost"}:
        return True
    try:
        return ip_address(str(text)).is_loopback
    except ValueError:
        return False


def refusing(look_up: Callable[..., Any], attempts: list[str]) -> Callable[..., Any]:
    """`socket.getaddrinfo`, which every Python client passes through, for the loopback only."""

    def guarded(host: object, *args: Any, **kwargs: Any) -> Any:
        if not is_loopback(host):
            attempts.append(str(host))
            raise OSError(f"tests stay on this machine, {host} is not on it")
        return look_up(host, *args, **kwargs)

    return guarded


@contextmanager
def guarded_requests(attempts: list[str]) -> Iterator[None]:
    """Let `requests` reach the loopback only. A test that plays a server mounts its own `responses` inside."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as guard:
        guard.add_passthru(LOOPBACK_URL)
        yield
        attempts.extend(str(call.request.url) for call in guard.calls if isinstance(call.response, Exception))
