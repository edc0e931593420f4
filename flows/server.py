"""A Prefect server of Voldaan's own: started, furnished with deployments, served by a worker, stopped.

Everything lives in one folder (`home`): the database, the settings, the logs. The user's own Prefect profile, and any
`PREFECT_*` variable of the shell, play no part. All addresses are on loopback; nothing here needs the internet.

Prefect itself is imported inside the functions, so that commands that do not need it stay quick.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from prefect.events.schemas.automations import AutomationCore

LOOPBACK = "127.0.0.1"
WORK_POOL = "voldaan"
HEARTBEAT_SECONDS = 60
INSTALLED_IN = Path(__file__).resolve().parents[1]
PREFECT_YAML = INSTALLED_IN / "prefect.yaml"


class ServerError(RuntimeError):
    """A Prefect process did not start, or refused what it was asked; the message names the log to read."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A Prefect server process and where to find it. Leaving the `with` block stops it."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/api"

    @property
    def ui_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def stop(self) -> None:
        _stop(self.process)

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """A worker process of the work pool `voldaan`. Leaving the `with` block stops it."""

    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        _stop(self.process)

    def __enter__(self) -> RunningWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def environment(
    home: Path, port: int | None = None, *, heartbeat_seconds: int | None = HEARTBEAT_SECONDS
) -> dict[str, str]:
    """The environment for a Prefect process that lives in `home`; with a `port`, one that talks to the server there.

    Keeps what the shell set, except every `PREFECT_*` variable.
    """
    home = home.resolve()
    ours = {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home}/prefect.db",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_CLI_COLORS": "false",
        "PREFECT_LOGGING_COLORS": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(INSTALLED_IN), os.environ.get("PYTHONPATH")])),
    }
    if port is not None:
        ours["PREFECT_API_URL"] = ours["PREFECT_SERVER_UI_API_URL"] = f"http://{LOOPBACK}:{port}/api"
        ours["PREFECT_SERVER_API_HOST"] = LOOPBACK
        ours["PREFECT_SERVER_API_PORT"] = str(port)
    if heartbeat_seconds is not None:
        ours["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] = str(heartbeat_seconds)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | ours


def start(home: Path, port: int | None = None, *, wait_seconds: float = 90) -> RunningServer:
    """Start a Prefect server on loopback with its database in `home`, and wait until it answers.

    Without `port` it takes 4200, or a free one where that is taken. Call it from the main thread: on Linux the server
    goes down with the thread that started it, so that a killed command leaves nothing running.
    Raises ServerError where the port is taken or the server does not come up in `wait_seconds`.
    """
    if port is None:
        port = 4200 if _is_free(4200) else _any_free_port()
    elif not _is_free(port):
        raise ServerError(f"Port {port} is in use by another program: stop that one, or choose another port.")
    process = _spawn(["server", "start", "--host", LOOPBACK, "--port", str(port)], home, port, "server.log")
    server = RunningServer(home.resolve(), port, process)
    try:
        _wait_for(server, wait_seconds)
    except BaseException:
        server.stop()
        raise
    return server


def register(server: RunningServer, root: Path, *, schedules: bool = True, prefect_yaml: Path = PREFECT_YAML) -> None:
    """Give the server its work pool, the deployments of `prefect.yaml` and the watch over crashed runs.

    `root` is the data directory that every deployment gets as parameter; with `schedules=False` the schedules are
    registered but off (a demo's past must not be followed up today). Registering again changes nothing.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.workers.process import ProcessWorker

    with settings_of(server), get_client(sync_client=True) as client:
        template = ProcessWorker.get_default_base_job_template()
        pool = WorkPoolCreate(name=WORK_POOL, type="process", base_job_template=template)
        client.create_work_pool(pool, overwrite=True)
        watch = crash_watch()
        if not client.read_automations_by_name(watch.name):
            client.create_automation(watch)
    env = environment(server.home, server.port) | {
        "VOLDAAN_ROOT": str(root.resolve()),
        "VOLDAAN_SCHEDULES": "true" if schedules else "false",
    }
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(prefect_yaml)]
    done = subprocess.run(command, env=env, cwd=server.home, capture_output=True, text=True)  # noqa: S603
    (_logs(server.home) / "deploy.log").write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        raise ServerError(f"The deployments were refused: read {_logs(server.home) / 'deploy.log'}.")


def start_worker(server: RunningServer) -> RunningWorker:
    """Start a worker that carries out the runs of the registered deployments, each in a process of its own."""
    command = [
        "worker",
        "start",
        "--pool",
        WORK_POOL,
        "--type",
        "process",
        "--name",
        "voldaan",
        "--install-policy",
        "never",
    ]
    return RunningWorker(_spawn(command, server.home, server.port, "worker.log"))


def crash_watch() -> AutomationCore:
    """The automation that calls a run crashed once its heartbeat stopped without an end.

    A run that waits for a person has no process and no heartbeat: leaving for `Suspended` counts as an answer, as do
    the other states in which a run rests. Three missed heartbeats make a crash.
    """
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification

    resting = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused", "AwaitingRetry", "Scheduled")
    return AutomationCore(
        name="A run that went silent has crashed",
        description="Marks a flow run as Crashed when its process stopped giving signs of life.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{state}" for state in resting)},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=3 * HEARTBEAT_SECONDS),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                force=False,
                message="No sign of life for three heartbeats: the process is gone. Running it again is safe.",
            )
        ],
    )


@contextmanager
def settings_of(server: RunningServer) -> Iterator[None]:
    """Inside, Prefect calls of this process go to `server`, whatever the shell or the user's profile say."""
    with _settings(environment(server.home, server.port)):
        yield


@contextmanager
def quiet_settings(home: Path) -> Iterator[None]:
    """Inside, flow runs of this process are kept in the Prefect database of `home`, as cheaply as can be.

    A bare API answers on a free port, and ends with this process even where that is killed: Prefect's own temporary
    API would stay behind. Heartbeats are off, and log lines stay in this process. A server that is started on the same
    `home` afterwards shows the runs.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _bare_api(home) as api:
        quiet = environment(home, api.port, heartbeat_seconds=None) | {
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "ERROR",
        }
        with _settings(quiet, heartbeats=False):
            from prefect.context import SyncClientContext

            with SyncClientContext.get_or_create():  # one client for all runs: making one costs as much as a run
                yield


@contextmanager
def _bare_api(home: Path) -> Iterator[RunningServer]:
    """Prefect's API alone: no screen, and none of the services that would write to SQLite beside it.

    With them a flow run waits for "database is locked" to pass, seconds each time. Task runs, which only those services
    write down, are therefore not kept.
    """
    port = _any_free_port()
    app = ["--factory", "prefect.server.api.server:create_app", "--host", LOOPBACK, "--port", str(port)]
    more = {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_WEBSERVER_ONLY": "1"}
    process = _spawn([*app, "--log-level", "error"], home, port, "api.log", module="uvicorn", more=more)
    with RunningServer(home.resolve(), port, process) as server:
        _wait_for(server, 90)
        yield server


@contextmanager
def _settings(env: Mapping[str, str], *, heartbeats: bool = True) -> Iterator[None]:
    """Prefect's settings read afresh from `env` alone; what the process environment held comes back afterwards."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        from prefect.context import SettingsContext
        from prefect.settings import Profile, Settings, temporary_settings

        with SettingsContext(profile=Profile(name="voldaan", settings={}), settings=Settings()):
            updates = {} if heartbeats else {"flows.heartbeat_frequency": None}
            with temporary_settings(updates):
                yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _spawn(
    arguments: list[str],
    home: Path,
    port: int,
    log_name: str,
    *,
    module: str = "prefect",
    more: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    with (_logs(home) / log_name).open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", module, *arguments],
            env={**environment(home, port), **(more or {})},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )


def _end_with_parent() -> None:
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(server: RunningServer, seconds: float) -> None:
    log = server.home / "logs"
    deadline = time.monotonic() + seconds
    with httpx.Client(timeout=2, trust_env=False) as http:
        while time.monotonic() < deadline:
            if server.process.poll() is not None:
                raise ServerError(f"The Prefect server stopped while starting: read {log}.")
            try:
                if http.get(f"{server.api_url}/health").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
    raise ServerError(f"The Prefect server gave no answer in {seconds:.0f} seconds: read {log}.")


def _logs(home: Path) -> Path:
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return logs


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
