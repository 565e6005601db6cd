"""A Hub on loopback for the real client: repositories, commits, LFS, Xet, and faults.

State is in memory. Content that a client stores by Xet is in a `local://` store in a
folder. The endpoints are in `hub_routes`.
"""

import contextlib
import os
import re
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.hub_routes import ROUTES, HubError, Request, as_json
from tests.support.hub_store import LARGE, Commit, Repository

TOKENS = {"hf_owner": "someone", "hf_other": "other"}


class Hub:
    """The server; a context manager.

    Attributes:
        url: The address that it listens on.
        repositories: By "owner/name".
        log: "METHOD path" of every request.
        datasets: Names of repositories of datasets.
        faults: Function of a request's number and "METHOD path". Returns the name of a
            fault or None.
        leaked: Whether the store of large files received a token.
        xet: Whether the server offers large files by Xet.
    """

    def __init__(self, xet: bool = False, stall: float = 30.0):
        self.repositories: dict[str, Repository] = {}
        self.datasets: set[str] = set()
        self.blobs: dict[str, bytes] = {}  # large files by sha256
        self.in_xet: set[str] = set()  # the ones that the Xet store has
        self.log: list[str] = []
        self.faults = lambda number, what: None
        self.leaked, self.xet, self.stall, self.victim = False, xet, stall, 0
        self.met = "no"
        self.closing, self._lock = threading.Event(), threading.RLock()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Path(self.folder.name) / "xet"
        self.store.mkdir()
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self.folder.cleanup()

    def create(self, name: str, **options) -> Repository:
        """Creates a repository with a first commit, as the Hub does."""
        repository = self.repositories[name] = Repository(**options)
        rules = "".join(f"*{end} filter=lfs\n" for end in LARGE)
        repository.add({".gitattributes": rules.encode()}, "initial commit")
        return repository

    def seen(self, what: str) -> str | None:
        """Logs a request and returns its fault."""
        with self._lock:
            self.log.append(what)
            fault = self.faults(len(self.log) - 1, what)
            self.met = "yes" if fault else self.met
            return fault

    def plan(self, number: int, kind: str | None, victim: int = 0) -> dict:
        """Plans a fault for one later request and no other.

        Args:
            number: The number of the request, counted from now.
            kind: The name of the fault, or None.
            victim: The process that "kill" and "late kill" kill.

        Returns:
            Whether a request met the last fault: "yes", "no", or "idle" if there was
            nothing to change.
        """
        last = {"met": self.met}
        at, self.victim, self.met = len(self.log) + number, victim, "no"
        self.blobs.clear()  # so that large files are uploaded each time
        self.faults = lambda number, what: kind if number == at else None
        return last

    def answer(self, request: Request) -> tuple[int, dict, bytes]:
        """Returns status, headers and body."""
        with self._lock:
            for method, pattern, route in ROUTES:
                match = re.fullmatch(pattern, request.path)
                if match and method == request.method:
                    parts = map(urllib.parse.unquote, match.groups())
                    return route(self, request, *parts)
        raise HubError(404, message=f"no route for {request.method} {request.path}")

    def readable(self, request: Request, name: str) -> Repository:
        """The repository, if the user may read it."""
        repository = self.repositories.get(name)
        own = request.user == name.split("/")[0]
        if repository is None or (repository.private and not own):
            raise HubError(401 if request.user is None else 404, "RepoNotFound")
        if repository.gated and not own:
            raise HubError(403 if request.user else 401, "GatedRepo")
        return repository

    def writable(self, request: Request, name: str) -> Repository:
        """The repository, if the user may write to it."""
        repository = self.readable(request, name)
        if request.user is None:
            raise HubError(401, message="Invalid username or password.")
        if request.user != name.split("/")[0]:
            raise HubError(403, message="You have no write access to this repository.")
        return repository

    def commit_of(self, request: Request, name: str, revision: str) -> Commit:
        """The commit of a revision, if the user may read it."""
        commit = self.readable(request, name).find(revision)
        if commit is None:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Prints the error, unless the client closed the connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with faults."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_):
        """Logs nothing."""

    def handle_any(self):
        """Reads the whole request, even if it is refused: connections are kept."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = self._chunks()
        url = urllib.parse.urlsplit(self.path)
        values = urllib.parse.parse_qs(url.query).items()
        query = {name: ",".join(given) for name, given in values}
        headers = {name.lower(): value for name, value in self.headers.items()}
        user = TOKENS.get(headers.get("authorization", "").removeprefix("Bearer "))
        request = Request(self.command, url.path, query, headers, body, user)
        if url.path == "/_fault":  # from a test: plans the next fault
            return self._send(*as_json(self.hub.plan(**request.json())))
        fault = self.hub.seen(f"{self.command} {url.path}")
        if fault in ("cut", "stall", "kill", "403", "429", "500"):
            return self._refuse(fault)
        try:
            reply = self.hub.answer(request)
        except HubError as error:
            status, headers, body = as_json({"error": error.message}, error.status)
            message = {"X-Error-Message": error.message} if error.message else {}
            reply = status, headers | error.headers | message, body
        self._reply(*reply, fault)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any

    def _chunks(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _refuse(self, fault):
        if fault == "stall":
            self.hub.closing.wait(self.hub.stall)
        if fault == "kill":
            os.kill(self.hub.victim, signal.SIGKILL)
        if fault in ("cut", "stall", "kill"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, headers, body = as_json({"error": "try again"}, int(fault))
        self._send(status, headers, body)

    def _reply(self, status, headers, body, fault):
        if fault == "lost":  # the request is done, but no answer arrives
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        before = headers, body
        if fault == "headers":
            kept = "Content-Type", "Location"
            headers = {k: v for k, v in headers.items() if k in kept}
        if fault == "bytes" and body:
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        if fault == "short":
            body = body[: len(body) // 2]
        if fault in ("headers", "bytes", "short") and before == (headers, body):
            self.hub.met = "idle"
        self._send(status, headers, body, fault)

    def _send(self, status, headers, body, fault=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        sent = b"" if self.command == "HEAD" else body
        if fault in ("reset", "late kill"):
            sent = sent[: len(sent) // 2]
        self.wfile.write(sent)
        self.wfile.flush()
        if fault == "late kill":
            victim = self.hub.victim
            time.sleep(0.05)  # the client begins to store what arrived
            with contextlib.suppress(ProcessLookupError):  # it may have ended
                os.kill(victim, signal.SIGKILL)
        if fault == "reset":
            linger = struct.pack("ii", 1, 0)  # close with a reset, not with an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if fault in ("reset", "late kill"):
            self.close_connection = True
            self.connection.close()
