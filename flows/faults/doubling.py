"""Every answer arrives twice: a forwarder on loopback in front of a twin. HTTP and SMTP go on; SSH breaks off."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from connectors.sandbox.serve import HOST, bind

WHOLE = 0.01  # seconds of silence after which an answer counts as whole
EVERY = 2  # connections of which one gets its answers twice
CHUNK = 65_536


class Doubler:
    """Listens on `port` from the moment it is made until the process ends."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._listener = bind(None)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        number = 0
        while True:
            asking, _ = self._listener.accept()
            number += 1
            threading.Thread(target=self._forward, args=(asking, number % EVERY == 0), daemon=True).start()

    def _forward(self, asking: socket.socket, twice: bool) -> None:
        with asking, suppress(OSError), socket.create_connection((HOST, self._behind)) as answering:
            threading.Thread(target=_copy, args=(asking, answering), daemon=True).start()
            while answer := _whole(answering):
                asking.sendall(answer * 2 if twice else answer)


def _copy(asking: socket.socket, answering: socket.socket) -> None:
    with suppress(OSError):
        while data := asking.recv(CHUNK):
            answering.sendall(data)
        answering.shutdown(socket.SHUT_WR)


def _whole(answering: socket.socket) -> bytes:
    """What arrives until the partner pauses; nothing once it has closed."""
    answering.settimeout(None)
    answer = answering.recv(CHUNK)
    answering.settimeout(WHOLE)
    with suppress(TimeoutError):
        while answer and (more := answering.recv(CHUNK)):
            answer += more
    return answer
