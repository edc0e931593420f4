"""A partner's SFTP server on loopback, over a folder with in/ and ack/.

With a state it keeps its key and its port, counts every file that gets its name in in/, and fails as its faults say:
on RENAME error is a refusal, drop does it and breaks the connection; any kind on AUTH refuses the password.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import TracebackType

import asyncssh

from connectors.sandbox.faults import Faults
from connectors.sandbox.serve import bind
from connectors.sandbox.state import State, receive

USER, PASSWORD = "voldaan", "sandbox-sftp-password"
PARTNER = "sftp"
KEY, PORT = "sftp.key", "port.sftp"  # settings of the state


class SftpTwin:
    """Answers between `start` and `stop`, or while the block lasts. `host_key` is what a client pins."""

    def __init__(self, folder: Path, state: State | None = None, faults: Faults | None = None) -> None:
        self.folder = folder
        for name in ("in", "ack"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._state, self._faults = state, faults
        self._key = _host_key(state)
        self.host_key = self._key.export_public_key().decode().strip()
        self.port = 0
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()

    @property
    def url(self) -> str:
        return f"sftp://127.0.0.1:{self.port}"

    def start(self) -> SftpTwin:
        self._repair()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._ready.wait(20)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def __enter__(self) -> SftpTwin:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def took(self, name: str) -> None:
        """Count a file that got its name."""
        if self._state is not None:
            with self._state.write() as db:
                receive(db, PARTNER, name, name, self._state.today(), f"sftp/in/{name}")

    def strikes(self, call: str) -> str | None:
        """The kind of failure that this call meets."""
        fault = self._faults.strike(PARTNER, call) if self._faults is not None else None
        return fault.kind if fault is not None else None

    def _repair(self) -> None:
        """After a stop at any line: what lies in in/ under its name was taken."""
        if self._state is None:
            return
        known = {row["key"] for row in self._state.rows("select key from receipt where partner = ?", PARTNER)}
        for path in sorted((self.folder / "in").iterdir()):
            if not path.name.startswith(".") and path.name not in known:
                self.took(path.name)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        last = self._state.setting(PORT) if self._state is not None else None
        server = self._loop.run_until_complete(
            asyncssh.create_server(
                lambda: _Door(self),
                sock=bind(int(last) if last else None),
                server_host_keys=[self._key],
                sftp_factory=lambda channel: _Files(channel, self),
            )
        )
        self.port = server.get_port()
        if self._state is not None:
            self._state.set(PORT, str(self.port))
        self._ready.set()
        self._loop.run_forever()
        server.close()


class _Door(asyncssh.SSHServer):
    def __init__(self, twin: SftpTwin) -> None:
        self._twin = twin

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD) and self._twin.strikes("AUTH") is None


class _Files(asyncssh.SFTPServer):
    """The twin's folder; a file counts as taken from the moment it gets its name."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], twin: SftpTwin) -> None:
        super().__init__(channel, chroot=str(twin.folder).encode())
        self._twin = twin

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        kind = self._twin.strikes(f"RENAME {newpath.decode(errors='replace')}")
        if kind == "error":
            raise asyncssh.SFTPFailure("Failure")
        super().rename(oldpath, newpath)
        name = Path(newpath.decode(errors="replace"))
        if name.parent.name == "in":
            self._twin.took(name.name)
        if kind == "drop":
            self.channel.get_connection().abort()


def _host_key(state: State | None) -> asyncssh.SSHKey:
    known = state.setting(KEY) if state is not None else None
    if known is not None:
        return asyncssh.import_private_key(known)
    key = asyncssh.generate_private_key("ssh-ed25519")
    if state is not None:
        state.set(KEY, key.export_private_key().decode())
    return key
