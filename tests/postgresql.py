"""A PostgreSQL server for the tests: the one that VOLDAAN_TEST_POSTGRESQL names, else a throwaway one where installed.

Needs its driver: `pip install "psycopg[binary]"`. Without a server or the driver the tests that ask for it are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

NAMED = "VOLDAAN_TEST_POSTGRESQL"
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def program(name: str) -> str | None:
    return next((str(place / name) for place in PLACES if (place / name).exists()), shutil.which(name))


@contextmanager
def server() -> Iterator[str]:
    """The URL of a database that may be filled."""
    if find_spec("psycopg") is None:
        pytest.skip("the driver is not installed: pip install 'psycopg[binary]'")
    if named := os.environ.get(NAMED):
        yield named
        return
    initdb, postgres = program("initdb"), program("postgres")
    if initdb is None or postgres is None:
        pytest.skip(f"{NAMED} names no database, and no PostgreSQL server is installed")
    with tempfile.TemporaryDirectory(prefix="voldaan-pg-") as folder, running(Path(folder), initdb, postgres) as url:
        yield url


@contextmanager
def running(folder: Path, initdb: str, postgres: str) -> Iterator[str]:
    """A server of its own in `folder`, reached by a socket there; as root it runs as the user postgres."""
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [initdb, "-D", data, "-A", "trust", "-U", "voldaan", "--no-sync"],
        user=user,
        cwd=folder,
        check=True,
        capture_output=True,
    )
    options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"]
    serving = subprocess.Popen(
        [postgres, "-D", data, "-k", folder, *options], user=user, cwd=folder, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while not (folder / ".s.PGSQL.5432").exists():
            assert time.monotonic() < until and serving.poll() is None, "PostgreSQL did not start"
            time.sleep(0.05)
        yield f"postgresql+psycopg://voldaan@/postgres?host={folder}"
    finally:
        serving.terminate()
        serving.wait(timeout=60)
