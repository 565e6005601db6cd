"""A Hub on loopback for the real client: repositories, commits, LFS, Xet, and faults.

The endpoints that `huggingface_hub` and `@huggingface/hub` call for models. State is
in memory; content that a client stores by Xet lies in a `local://` store in a folder.
"""

import base64
import hashlib
import json
import re
import socket
import struct
import tempfile
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests import hub_xet

LARGE = (".h5", ".png", ".gif", ".npz")  # what a new repository's .gitattributes says
TOKENS = {"hf_owner": "someone", "hf_other": "other"}


def git_hash(data: bytes) -> str:
    """The name that git gives a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class Commit:
    """All files of a revision by path."""

    oid: str
    files: dict[str, bytes]
    message: str = ""
    date: str = "2026-01-01T00:00:00.000Z"


@dataclass
class Repository:
    """Commits by name, and what the branches point to."""

    private: bool = False
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def add(self, files: dict[str, bytes], message: str, branch: str = "main") -> str:
        """Commits to a branch; returns the commit's name."""
        parent = self.branches.get(branch, "")
        content = json.dumps([parent, message, sorted(files), len(self.commits)])
        oid = hashlib.sha1(content.encode()).hexdigest()
        self.commits[oid] = Commit(oid, dict(files), message)
        self.branches[branch] = oid
        return oid

    def find(self, revision: str) -> Commit | None:
        """The commit of a branch or a name."""
        return self.commits.get(self.branches.get(revision, revision))


@dataclass
class Request:
    """What a route is given."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict
    body: bytes
    user: str | None

    def json(self):
        """The body."""
        return json.loads(self.body)


class HubError(Exception):
    """A reply that says no."""

    def __init__(self, status: int, code: str = "", message: str = ""):
        super().__init__(message)
        self.status, self.message = status, message or code
        self.headers = {"X-Error-Code": code} if code else {}


class Hub:
    """The server; a context manager.

    Attributes:
        url: Where it listens.
        repositories: By "owner/name".
        log: "METHOD path" of every request.
        faults: Function of a request's number and "METHOD path"; returns the name of a
            fault or None.
        leaked: Whether a token arrived at the store of large files.
        xet: Whether large files are offered by Xet.
    """

    def __init__(self, xet: bool = False, stall: float = 30.0):
        self.repositories: dict[str, Repository] = {}
        self.blobs: dict[str, bytes] = {}  # large files by sha256
        self.log: list[str] = []
        self.faults = lambda number, what: None
        self.leaked, self.xet, self.stall = False, xet, stall
        self.closing, self._lock = threading.Event(), threading.RLock()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Path(self.folder.name) / "xet"
        self.store.mkdir()
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
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
        """A new repository with a first commit, as the Hub makes it."""
        repository = self.repositories[name] = Repository(**options)
        rules = "".join(f"*{end} filter=lfs\n" for end in LARGE)
        repository.add({".gitattributes": rules.encode()}, "initial commit")
        return repository

    def seen(self, what: str) -> str | None:
        """Notes a request; returns the fault that it shall meet."""
        with self._lock:
            self.log.append(what)
            return self.faults(len(self.log) - 1, what)

    def plan(self, number: int, kind: str | None) -> None:
        """Lets the request of a number from now on, and no other, meet a fault."""
        at = len(self.log) + number
        self.faults = lambda found, what: kind if found == at else None

    def answer(self, request: Request) -> tuple[int, dict, bytes]:
        """Status, headers and body."""
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

    # Routes: what the client asks, in the order of a push and a pull.

    def whoami(self, request):
        if request.user is None:
            raise HubError(401, message="Invalid username or password.")
        role = {"accessToken": {"role": "write", "displayName": "test"}}
        auth = {"type": "access_token", **role}
        user = {"type": "user", "id": "1", "name": request.user, "fullname": "A"}
        return _json({**user, "email": "a@b.c", "orgs": [], "auth": auth})

    def create_repository(self, request):
        if request.user is None:
            raise HubError(401, message="Invalid username or password.")
        wanted = request.json()
        owner = wanted.get("organization") or request.user
        if owner != request.user:
            raise HubError(403, message=f"You have no rights to create in {owner}.")
        name = f"{owner}/{wanted['name']}"
        reply = {"url": f"{self.url}/{name}", "name": name, "id": "1"}
        if name in self.repositories:
            return _json(reply | {"error": "You already created this model"}, 409)
        private = wanted.get("visibility") == "private" or wanted.get("private", False)
        self.create(name, private=private)
        return _json(reply)

    def validate(self, request):
        text = request.json()["content"]
        errors = [] if text.startswith("---\n") else [{"message": "no front matter"}]
        return _json({"errors": errors, "warnings": []})

    def preupload(self, request, name, revision):
        repository, found = self.writable(request, name), []
        if repository.find(revision) is None:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        present = repository.find(revision).files
        for entry in request.json()["files"]:
            large, data = entry["path"].endswith(LARGE), present.get(entry["path"])
            oid = None if data is None else _name_of(entry["path"], data)
            mode = "lfs" if large else "regular"
            reply = {"path": entry["path"], "uploadMode": mode, "shouldIgnore": False}
            found.append(reply | ({} if oid is None else {"oid": oid}))
        return _json({"files": found})

    def batch(self, request, name):
        self.writable(request, name)
        found = []
        for entry in request.json()["objects"]:
            upload = {"href": f"http://localhost:{self.port}/lfs/{entry['oid']}"}
            stored = entry["oid"] in self.blobs
            actions = {} if stored else {"actions": {"upload": upload}}
            found.append({"oid": entry["oid"], "size": entry["size"], **actions})
        return _json({"transfer": "basic", "objects": found})

    def put(self, request, oid):
        self.leaked |= "authorization" in request.headers
        if hashlib.sha256(request.body).hexdigest() != oid:
            raise HubError(400, message="The content has another hash.")
        self.blobs[oid] = request.body
        return 200, {}, b""

    def commit(self, request, name, revision):
        repository = self.writable(request, name)
        lines = [json.loads(line) for line in request.body.splitlines() if line]
        header = next(x["value"] for x in lines if x["key"] == "header")
        parent = repository.find(revision)
        if parent is None:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if header.get("parentCommit") not in (None, parent.oid):
            raise HubError(412, message="A commit has happened since. Please refresh.")
        files = dict(parent.files)
        for line in lines:
            self._apply(line["key"], line["value"], files)
        branch, reply = revision, {}
        if request.query.get("create_pr"):
            number = 1 + sum(b.startswith("refs/pr/") for b in repository.branches)
            branch = f"refs/pr/{number}"
            repository.branches[branch] = parent.oid
            reply["pullRequestUrl"] = f"{self.url}/{name}/discussions/{number}"
        oid = repository.add(files, header["summary"], branch)
        url = f"{self.url}/{name}/commit/{oid}"
        return _json({"success": True, "commitUrl": url, "commitOid": oid, **reply})

    def _apply(self, key, value, files):
        if key == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif key == "lfsFile":
            oid, size = value["oid"], value["size"]
            data = self.blobs.get(oid) or hub_xet.get(self.store, oid, size)
            if data is None:
                raise HubError(400, message=f"{value['path']} was never uploaded.")
            self.blobs[oid] = files[value["path"]] = data
        elif key == "deletedFile":
            if files.pop(value["path"], None) is None:
                raise HubError(404, "EntryNotFound", "There is no file of this name.")

    def models(self, request):
        tags = set(request.query.get("filter", "").split(",")) - {""}
        author, wanted = request.query.get("author"), request.query.get("search", "")
        found = []
        for name, repository in sorted(self.repositories.items()):
            own = request.user == name.split("/")[0]
            if repository.private and not own or wanted.lower() not in name.lower():
                continue
            info = self._info(name, repository.find("main"))
            if tags <= {*info["tags"], info["library_name"]}:
                if author in (None, name.split("/")[0]):
                    found.append(info)
        return _json(found)

    def info(self, request, name, revision="main"):
        return _json(self._info(name, self.commit_of(request, name, revision)))

    def _info(self, name, commit):
        front = _front(commit.files.get("README.md", b"").decode())
        siblings = []
        for path, data in sorted(commit.files.items()):
            entry = {"rfilename": path, "blobId": git_hash(data), "size": len(data)}
            if path.endswith(LARGE):
                sha256 = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"size": len(data), "sha256": sha256, "pointerSize": 130}
            siblings.append(entry)
        repository = self.repositories[name]
        return {
            "_id": "1",
            "id": name,
            "modelId": name,
            "author": name.split("/")[0],
            "sha": commit.oid,
            "private": repository.private,
            "gated": repository.gated and "auto",
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [front.get("library_name", ""), *front.get("tags", [])],
            "pipeline_tag": front.get("pipeline_tag"),
            "library_name": front.get("library_name"),
            "lastModified": commit.date,
            "createdAt": commit.date,
            "siblings": siblings,
        }

    def tree(self, request, name, revision):
        commit, found = self.commit_of(request, name, revision), []
        for path, data in sorted(commit.files.items()):
            entry = {"type": "file", "path": path, "size": len(data)}
            entry["oid"] = git_hash(data)
            if path.endswith(LARGE):
                sha256 = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"oid": sha256, "size": len(data), "pointerSize": 130}
                entry |= {"xetHash": hub_xet.hash_of(data)} if self.xet else {}
            found.append(entry)
        start, size = int(request.query.get("cursor", 0)), 5  # small pages: their test
        link = {}
        if found[start + size :]:
            url = f"{self.url}{request.path}?recursive=true&cursor={start + size}"
            link["Link"] = f'<{url}>; rel="next"'
        status, headers, body = _json(found[start : start + size])
        return status, headers | link, body

    def refs(self, request, name):
        branches = self.readable(request, name).branches.items()
        shown = [
            {"name": b, "ref": f"refs/heads/{b}", "targetCommit": oid}
            for b, oid in branches
            if not b.startswith("refs/")
        ]
        return _json({"branches": shown, "tags": [], "converts": []})

    def branch(self, request, name, branch):
        repository = self.writable(request, name)
        start = request.json().get("startingPoint", "main") if request.body else "main"
        if branch in repository.branches:
            raise HubError(409, message="Reference already exists")
        repository.branches[branch] = repository.find(start).oid
        return 200, {}, b""

    def token(self, request, name, kind, revision):
        (self.writable if kind == "write" else self.readable)(request, name)
        expires = int(time.time()) + 3600
        headers = {
            "X-Xet-Cas-Url": f"local://{self.store}",
            "X-Xet-Access-Token": "xet",
            "X-Xet-Token-Expiration": str(expires),
        }
        reply = {"casUrl": headers["X-Xet-Cas-Url"], "accessToken": "xet"}
        status, more, body = _json(reply | {"exp": expires})
        return status, more | headers, body

    def head(self, request, name, revision, path):
        return self.file(request, name, revision, path)

    def file(self, request, name, revision, path):
        commit = self.commit_of(request, name, revision)
        if path not in commit.files:
            raise HubError(404, "EntryNotFound", "Entry not found")
        data = commit.files[path]
        headers = {"X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}
        if not path.endswith(LARGE):
            return _ranged(request, data, headers | {"ETag": f'"{git_hash(data)}"'})
        sha256 = hashlib.sha256(data).hexdigest()
        self.blobs[sha256] = data
        headers["X-Linked-Etag"] = headers["ETag"] = f'"{sha256}"'
        headers["X-Linked-Size"] = str(len(data))
        headers["Location"] = f"http://localhost:{self.port}/lfs/{sha256}"
        if self.xet:
            hub_xet.put(self.store, data)
            route = f"{self.url}/api/models/{name}/xet-read-token/{commit.oid}"
            headers["X-Xet-Hash"] = hub_xet.hash_of(data)
            headers["Link"] = f'<{route}>; rel="xet-auth"'
        return 302, headers, b""

    def blob(self, request, oid):
        self.leaked |= "authorization" in request.headers
        if oid not in self.blobs:
            raise HubError(404)
        return _ranged(request, self.blobs[oid], {"ETag": f'"{oid}"'})


NAME = r"([\w.-]+/[\w.-]+)"
ROUTES = [
    ("GET", "/api/whoami-v2", Hub.whoami),
    ("POST", "/api/repos/create", Hub.create_repository),
    ("POST", "/api/validate-yaml", Hub.validate),
    ("POST", f"/api/models/{NAME}/preupload/([^/]+)", Hub.preupload),
    ("POST", rf"/{NAME}\.git/info/lfs/objects/batch", Hub.batch),
    ("PUT", "/lfs/([0-9a-f]{64})", Hub.put),
    ("GET", "/lfs/([0-9a-f]{64})", Hub.blob),
    ("POST", f"/api/models/{NAME}/commit/([^/]+)", Hub.commit),
    ("GET", "/api/models", Hub.models),
    ("GET", f"/api/models/{NAME}", Hub.info),
    ("GET", f"/api/models/{NAME}/revision/([^/]+)", Hub.info),
    ("GET", f"/api/models/{NAME}/tree/([^/]+)(?:/)?", Hub.tree),
    ("GET", f"/api/models/{NAME}/refs", Hub.refs),
    ("POST", f"/api/models/{NAME}/branch/([^/]+)", Hub.branch),
    ("GET", f"/api/models/{NAME}/xet-(read|write)-token/([^/]+)", Hub.token),
    ("HEAD", f"/{NAME}/resolve/([^/]+)/(.+)", Hub.head),
    ("GET", f"/{NAME}/resolve/([^/]+)/(.+)", Hub.file),
]


def _json(document, status: int = 200):
    body = json.dumps(document).encode()
    return status, {"Content-Type": "application/json"}, body


def _ranged(request, data, headers):
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if not match:
        return 200, headers, data
    start, end = int(match[1]), int(match[2] or len(data) - 1)
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return 206, headers, data[start : end + 1]


def _name_of(path, data):
    """What the client compares with its own file."""
    large = path.endswith(LARGE)
    return hashlib.sha256(data).hexdigest() if large else git_hash(data)


def _front(text: str) -> dict:
    """The fields that a model list is searched by, of a card's front matter."""
    if not text.startswith("---\n"):
        return {}
    import yaml

    return yaml.safe_load(text.split("---\n")[1]) or {}


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1, and what can go wrong with it."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_):
        """Silence."""

    def handle_any(self):
        """Reads the whole request, even where it is refused: connections are kept."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = self._chunks()
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        headers = {name.lower(): value for name, value in self.headers.items()}
        user = TOKENS.get(headers.get("authorization", "").removeprefix("Bearer "))
        request = Request(self.command, url.path, query, headers, body, user)
        if url.path == "/_fault":  # a test's own: which of the next requests fails, how
            self.hub.plan(**request.json())
            return self._send(*_json(len(self.hub.log)))
        fault = self.hub.seen(f"{self.command} {url.path}")
        if fault in ("cut", "stall", "429", "500"):
            return self._refuse(fault)
        try:
            reply = self.hub.answer(request)
        except HubError as error:
            status, headers, body = _json({"error": error.message}, error.status)
            message = {"X-Error-Message": error.message} if error.message else {}
            reply = status, headers | error.headers | message, body
        self._reply(*reply, fault)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any

    def _chunks(self):
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _refuse(self, fault):
        if fault == "stall":
            self.hub.closing.wait(self.hub.stall)
        if fault in ("cut", "stall"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, headers, body = _json({"error": "try again"}, int(fault))
        self._send(status, headers, body)

    def _reply(self, status, headers, body, fault):
        if fault == "lost":  # done, but nobody hears of it
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault == "headers":
            kept = "Content-Type", "Location"
            headers = {k: v for k, v in headers.items() if k in kept}
        if fault == "bytes" and body:
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        if fault == "short":
            body = body[: len(body) // 2]
        self._send(status, headers, body, reset=fault == "reset")

    def _send(self, status, headers, body, reset=False):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if not reset:
            self.wfile.write(body)
            return
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        linger = struct.pack("ii", 1, 0)  # close with a reset, not with an end
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()
