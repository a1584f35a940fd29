"""The tests' own guard: nothing may leave this machine unnoticed."""

import http.server
import socket
import threading

import pytest
import requests

from tests.support.outside import guarded_requests, is_loopback, refusing


def test_a_call_through_requests_to_elsewhere_is_refused_and_remembered() -> None:
    attempts: list[str] = []
    with guarded_requests(attempts), pytest.raises(requests.ConnectionError):
        requests.get("http://registry.example/heartbeat", timeout=1)
    assert attempts == ["http://registry.example/heartbeat"]


def test_a_host_that_only_begins_like_the_loopback_is_refused() -> None:
    attempts: list[str] = []
    with guarded_requests(attempts), pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1.registry.example/", timeout=1)
    assert len(attempts) == 1


def test_a_call_through_requests_to_this_machine_passes() -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    attempts: list[str] = []
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server, guarded_requests(attempts):
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert requests.get(f"http://127.0.0.1:{server.server_port}/", timeout=5).status_code == 204
    assert attempts == []


def test_a_look_up_of_another_machine_is_refused_and_remembered() -> None:
    attempts: list[str] = []
    look_up = refusing(socket.getaddrinfo, attempts)
    with pytest.raises(OSError, match="tests stay on this machine"):
        look_up("registry.example", 443)
    assert attempts == ["registry.example"]
    assert look_up("127.0.0.1", 80)


@pytest.mark.parametrize("host", [None, "", "localhost", "127.0.0.1", "127.8.9.1", "::1", b"localhost"])
def test_this_machine_is_known_by_its_names(host: object) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "doi.org", "0.0.0.0", "localhost.example"])  # noqa: S104
def test_others_are_not_taken_for_this_machine(host: str) -> None:
    assert not is_loopback(host)
