"""The commands about partners: which there are, whether their credentials work, and the place where they call us."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from flows.console import FINE, NO, Format, Root, Unusable, say

connectors = App(name="connectors", help="The partners that there are, who uses them, and whether their accounts work.")


@connectors.default
def list_connectors(*, root: Root = None, format: Format = "text") -> int:
    """Lists every connector: what it is for, for which sellers it is set up, and what it needs in voldaan.toml.

    For example:
      voldaan connectors
      voldaan connectors --format json
    """
    from dataclasses import asdict

    from flows.partners import connectors as every
    from flows.workspace import open_workspace

    for one in every(open_workspace(root)):
        users = ", ".join(one.configured_for) or "-"
        default = f" (default in {', '.join(one.default_for)})" if one.default_for else ""
        mark = f"; provisional: {one.provisional}" if one.provisional else ""
        detail = f"; {one.detail}" if one.detail else ""
        text = f"{one.kind:<8} {one.name:<18} for {users}{default}; needs {', '.join(one.needs)}{detail}{mark}"
        say(asdict(one) if format == "json" else text)
    return FINE


@connectors.command(name="check")
def check_connector(
    name: Annotated[str, Parameter(help="Name of the connector, as the list has it.")],
    /,
    *,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Tries the credentials of a connector and says what is wrong. Nothing is sent.

    For example:
      voldaan connectors check e-invoice.be
      voldaan connectors check smtp
      voldaan connectors check lookup
    """
    from dataclasses import asdict

    from flows.partners import NotConfigured, check
    from flows.workspace import open_workspace

    try:
        found = check(open_workspace(root), name)
    except NotConfigured as problem:
        raise Unusable(str(problem)) from problem
    for one in found:
        of = f" for {one.seller}" if one.seller else ""
        verdict = one.problem or "fine"
        say(asdict(one) if format == "json" else f"{one.name}{of}: {verdict} (tried: {one.tried})")
    return NO if any(one.problem for one in found) else FINE


def webhooks(
    *,
    host: Annotated[str, Parameter(help="Address to listen on; a proxy with TLS stands before it.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="Port to listen on.")] = 8400,
    workers: Annotated[int, Parameter(help="Processes that share the work.")] = 1,
    root: Root = None,
) -> int:
    """Takes the calls of access points, so that a delivery or an answer is known at once instead of at the next run.

    Each call is checked, kept and answered, and what it is about is read again at the partner. GET /health tells
    whether it works.

    For example:
      voldaan webhooks --root /srv/voldaan --port 8400 --workers 2
    """
    import socket

    from flows.webhooks import serve
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    try:
        socket.create_server((host, port)).close()
    except (OSError, OverflowError) as problem:
        raise Unusable(f"{host}:{port} cannot be listened on: {problem}") from problem
    workspace.engine.dispose()
    serve(workspace.root, host, port, workers)
    return FINE


def register(app: App) -> None:
    """Puts the commands about partners under `app`."""
    app.command(connectors)
    app.command(webhooks)
