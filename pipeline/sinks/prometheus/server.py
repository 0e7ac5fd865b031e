"""The HTTP server for metrics and health, in threads of its own, off the event loop."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from pipeline.errors import Usage
from pipeline.sinks.prometheus.brands import BrandMetrics
from pipeline.sinks.prometheus.machine import MachineMetrics

logger = logging.getLogger(__name__)

Health = Callable[[], tuple[bool, str]]
"""Tells whether all is well, and in one line what is or isn't; called from a server thread."""

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_PLAIN: Final = "text/plain; charset=utf-8"


def wants_openmetrics(accept: str) -> bool:
    """Return whether an Accept header ranks OpenMetrics above the text format."""
    best = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for each in accept.split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        if kind in best:
            best[kind] = max(best[kind], quality)
    return best["application/openmetrics-text"] > best["text/plain"]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _Server6(_Server):
    address_family = socket.AF_INET6


class MetricsServer:
    """Serves ``/metrics``, ``/ready`` and ``/live``.

    Args:
        host: Address to listen on; only this machine by default.
        port: Port to listen on; 0 takes a free one, see :attr:`port`.
        brands: Series of the brands.
        machine: Metrics of the machine.
        ready: Whether this worker does its work.
        live: Whether this process should go on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        brands: BrandMetrics,
        machine: MachineMetrics,
        ready: Health,
        live: Health,
    ) -> None:
        self.host = host
        self.port = port
        self._brands = brands
        self._machine = machine
        self._health = {"/ready": ready, "/live": live}
        self._server: _Server | None = None

    def start(self) -> None:
        """Begin to serve; :attr:`port` is the real one from then on.

        Raises:
            Usage: The address cannot be listened on.
        """
        server_class = _Server6 if ":" in self.host else _Server
        try:
            self._server = server_class((self.host, self.port), self._handler())
        except (OSError, OverflowError) as error:
            raise Usage(
                f"the metrics server cannot listen on {self.host}:{self.port}: {error}",
                "choose another port, or 0 for any free one",
            ) from error
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, name="metrics-server", daemon=True
        ).start()

    def stop(self) -> None:
        """Stop serving; does nothing if it does not serve."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def answer(self, path: str, accept: str = "") -> tuple[HTTPStatus, str, bytes]:
        """Return status, content type and body for a path."""
        path = path.partition("?")[0]
        if path == "/metrics":
            openmetrics = wants_openmetrics(accept)
            # The machine's text comes last, because it ends with OpenMetrics' end mark.
            body = self._brands.render() + self._machine.render(openmetrics)
            return HTTPStatus.OK, OPENMETRICS if openmetrics else TEXT, body
        health = self._health.get(path)
        if health is None:
            return HTTPStatus.NOT_FOUND, _PLAIN, b"see /metrics, /ready and /live\n"
        well, line = health()
        status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        return status, _PLAIN, " ".join(line.split()).encode("utf-8", "replace") + b"\n"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            timeout = 30
            server_version = "influence"
            sys_version = ""

            def do_GET(self) -> None:
                self._reply(with_body=True)

            def do_HEAD(self) -> None:
                self._reply(with_body=False)

            def _reply(self, *, with_body: bool) -> None:
                try:
                    status, kind, body = answer(self.path, self.headers.get("Accept", ""))
                except Exception:
                    logger.exception("cannot answer %s", self.path)
                    status, kind = HTTPStatus.INTERNAL_SERVER_ERROR, _PLAIN
                    body = b"internal error, see the log\n"
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if with_body:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                logger.debug(format, *args)

        return Handler
