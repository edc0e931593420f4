"""Somebody who listens to the calls of the twins."""

from __future__ import annotations

import queue
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

from connectors.ports import BadWebhook, PeppolProvider

Call = tuple[str, dict[str, str], bytes]
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Ear:
    """A receiver of calls: it answers 204 and hands on what it heard."""

    def __init__(self) -> None:
        self.heard: queue.Queue[Call] = queue.Queue()
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.put((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return None

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self, provider: PeppolProvider) -> object:
        """The event of the next call, its path's last part handed over as the application does; or why it is none."""
        path, headers, body = self.heard.get(timeout=5)
        try:
            return provider.verify_webhook({**headers, "x-path-token": path.rpartition("/")[2]}, body, AT)
        except BadWebhook as problem:
            return problem
