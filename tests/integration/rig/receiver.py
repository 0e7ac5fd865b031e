"""What stands for the on-call system, the chat and the heartbeat service: takes what it is sent."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Notification:
    """One POST: the path without its slash, who sent it, and its JSON."""

    to: str
    authorization: str
    body: dict[str, Any]


class Receiver:
    """An HTTP server on a free port that remembers every notification.

    While :attr:`refuses` is above 0 it counts down, and a notification is answered 503.
    """

    def __init__(self) -> None:
        self.refuses = 0
        self._counting = threading.Lock()
        self._taken: list[Notification] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def taken(self, *to: str) -> list[Notification]:
        """Return what came so far to one of these paths, in order."""
        return [each for each in list(self._taken) if each.to in to]

    def clear(self) -> None:
        """Forget what came."""
        self._taken.clear()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver, taken = self, self._taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with receiver._counting:
                    refused = receiver.refuses > 0
                    receiver.refuses -= refused
                if refused:
                    self.send_error(503)
                    return
                authorization = self.headers.get("Authorization", "")
                taken.append(Notification(self.path.strip("/"), authorization, body))
                # Slack and its like answer "ok", and Alertmanager wants to read it.
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                pass

        return Handler
