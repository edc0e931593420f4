"""One thread with one event loop in which all twins answer on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP
from starlette.types import ASGIApp

HOST = "127.0.0.1"


def bind(port: int | None) -> socket.socket:
    """A listening socket on loopback: on `port` where it is free, else on any."""
    for wanted in (port or 0, 0):
        # asyncio sends without delay (TCP_NODELAY) only where the protocol is named
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, wanted))
            listener.listen(100)
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError(f"no free port on {HOST}")


class Service:
    """Starts when made, and is answering when the constructor returns; `stop` ends it."""

    def __init__(
        self,
        apps: Mapping[str, tuple[ASGIApp, socket.socket]],
        mail: tuple[Callable[[], SMTP], socket.socket],
        background: Callable[[], Awaitable[None]],
        certificates: Mapping[str, Path] | None = None,
    ) -> None:
        """`certificates`: by the name of an app that answers by HTTPS, the file with its certificate and key."""
        tls = certificates or {}
        self._servers = [(_server(app, tls.get(name)), listener) for name, (app, listener) in apps.items()]
        self._mail = mail
        self._background = background
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        self._ready.wait(30)
        if self._error:
            raise self._error

    def stop(self) -> None:
        for server, _ in self._servers:
            server.should_exit = True
        self._thread.join(20)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        factory, listener = self._mail
        mail = await loop.create_server(factory, sock=listener)
        tasks = [asyncio.create_task(server.serve(sockets=[own])) for server, own in self._servers]
        background = asyncio.create_task(self._repeat())
        while not all(server.started for server, _ in self._servers):
            await asyncio.sleep(0.005)
        self._ready.set()
        try:
            await asyncio.gather(*tasks)
        finally:
            background.cancel()
            mail.close()

    async def _repeat(self) -> None:
        while True:
            await self._background()
            await asyncio.sleep(0.1)


def _server(app: ASGIApp, certificate: Path | None) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        ssl_certfile=certificate,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
