"""A partner's SFTP server on loopback, over a folder with in/ and ack/."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import TracebackType

import asyncssh

USER, PASSWORD = "voldaan", "sandbox-sftp-password"


class _Door(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class SftpTwin:
    """Answers while the block lasts. `host_key` is what a client pins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("in", "ack"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = self._key.export_public_key().decode().strip()
        self.port = 0
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()

    @property
    def url(self) -> str:
        return f"sftp://127.0.0.1:{self.port}"

    def __enter__(self) -> SftpTwin:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._ready.wait(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        root = str(self.folder).encode()
        server = self._loop.run_until_complete(
            asyncssh.create_server(
                _Door,
                "127.0.0.1",
                0,
                server_host_keys=[self._key],
                sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
            )
        )
        self.port = server.get_port()
        self._ready.set()
        self._loop.run_forever()
        server.close()
