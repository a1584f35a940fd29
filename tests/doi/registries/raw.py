"""A server on the loopback that says, byte by byte, what no sandbox would."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

type Say = Callable[["Wire"], None]


@dataclass(slots=True)
class Wire:
    """One connection, seen from the server: `number` counts from 1."""

    number: int
    connection: socket.socket
    server: "Server"

    def hear(self) -> bytes:
        """Read one whole request; empty when the client is gone. It is remembered."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            part = self.connection.recv(65536)
            if not part:
                return b""
            heard += part
        head, _, body = heard.partition(b"\r\n\r\n")
        announced = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < announced:
            body += self.connection.recv(65536)
        self.server.heard.append(head)
        return head

    def hear_and_drop(self) -> None:
        """Read one request and close."""
        self.hear()

    def say(self, text: bytes) -> None:
        """Write some bytes."""
        self.connection.sendall(text)

    def drip(self, text: bytes, *, every: float) -> None:
        """Write one byte at a time, until the client has had enough."""
        for place in range(len(text)):
            self.say(text[place : place + 1])
            if self.server.closing.wait(every):
                return

    def wait(self) -> None:
        """Say nothing more, and keep the connection."""
        self.server.closing.wait(30)

    def reset(self) -> None:
        """Break the connection off."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@dataclass(slots=True)
class Server:
    """`heard`: the head of every request that arrived whole."""

    url: str
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(say: Say) -> Iterator[Server]:
    """Serve each connection by `say`, which is called once for each."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                server.connections += 1
                wire = Wire(server.connections, connection, server)
                threads.append(threading.Thread(target=converse, args=(wire,), daemon=True))
                threads[-1].start()

        def converse(wire: Wire) -> None:
            with wire.connection, contextlib.suppress(OSError):
                say(wire)

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            server.closing.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            for thread in threads:
                thread.join(5)
