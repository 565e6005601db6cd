"""The endpoints that `huggingface_hub` and `@huggingface/hub` call for models.

In the order of a push and a pull. Each takes the `hub_server.Hub`, the request and the
parts of its path, and returns status, headers and body.
"""

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass

from tests.support import hub_xet
from tests.support.hub_store import LARGE, git_hash


@dataclass
class Request:
    """The request that a route answers."""

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
    """A refusal."""

    def __init__(self, status: int, code: str = "", message: str = ""):
        super().__init__(message)
        self.status, self.message = status, message or code
        self.headers = {"X-Error-Code": code} if code else {}


def whoami(hub, request):
    if request.user is None:
        raise HubError(401, message="Invalid username or password.")
    role = {"accessToken": {"role": "write", "displayName": "test"}}
    auth = {"type": "access_token", **role}
    user = {"type": "user", "id": "1", "name": request.user, "fullname": "A"}
    return as_json({**user, "email": "a@b.c", "orgs": [], "auth": auth})


def create_repository(hub, request):
    if request.user is None:
        raise HubError(401, message="Invalid username or password.")
    wanted = request.json()
    owner = wanted.get("organization") or request.user
    if owner != request.user:
        raise HubError(403, message=f"You have no rights to create in {owner}.")
    name = f"{owner}/{wanted['name']}"
    reply = {"url": f"{hub.url}/{name}", "name": name, "id": "1"}
    if name in hub.repositories:
        return as_json(reply | {"error": "You already created this model"}, 409)
    private = wanted.get("visibility") == "private" or wanted.get("private", False)
    hub.create(name, private=private)
    return as_json(reply)


def validate(hub, request):
    text = request.json()["content"]
    lacking = [] if text.startswith("---\n") else [{"message": "empty metadata"}]
    if isinstance(_front(text).get("license", ""), str):
        return as_json({"errors": [], "warnings": lacking})
    message = '"license" must be a string'
    return as_json({"errors": [{"message": message}], "warnings": lacking}, 400)


def preupload(hub, request, name, revision):
    repository, files = hub.writable(request, name), []
    if repository.find(revision) is None:
        raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    present = repository.find(revision).files
    for entry in request.json()["files"]:
        large, data = entry["path"].endswith(LARGE), present.get(entry["path"])
        oid = None if data is None else _name_of(entry["path"], data)
        mode = "lfs" if large else "regular"
        reply = {"path": entry["path"], "uploadMode": mode, "shouldIgnore": False}
        files.append(reply | ({} if oid is None else {"oid": oid}))
    return as_json({"files": files})


def batch(hub, request, name):
    hub.writable(request, name)
    objects = []
    for entry in request.json()["objects"]:
        upload = {"href": f"http://localhost:{hub.port}/lfs/{entry['oid']}"}
        stored = entry["oid"] in hub.blobs
        actions = {} if stored else {"actions": {"upload": upload}}
        objects.append({"oid": entry["oid"], "size": entry["size"], **actions})
    return as_json({"transfer": "basic", "objects": objects})


def put(hub, request, oid):
    hub.leaked |= "authorization" in request.headers
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise HubError(400, message="The content has another hash.")
    hub.blobs[oid] = request.body
    return 200, {}, b""


def commit(hub, request, name, revision):
    repository = hub.writable(request, name)
    lines = [json.loads(line) for line in request.body.splitlines() if line]
    header = next(x["value"] for x in lines if x["key"] == "header")
    parent = repository.find(revision)
    if parent is None:
        raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    if header.get("parentCommit") not in (None, parent.oid):
        raise HubError(412, message="A commit has happened since. Please refresh.")
    files = dict(parent.files)
    for line in lines:
        _apply(hub, line["key"], line["value"], files)
    branch, reply = revision, {}
    if request.query.get("create_pr"):
        number = 1 + sum(b.startswith("refs/pr/") for b in repository.branches)
        branch = f"refs/pr/{number}"
        repository.branches[branch] = parent.oid
        reply["pullRequestUrl"] = f"{hub.url}/{name}/discussions/{number}"
    oid = repository.add(files, header["summary"], branch)
    url = f"{hub.url}/{name}/commit/{oid}"
    return as_json({"success": True, "commitUrl": url, "commitOid": oid, **reply})


def _apply(hub, key, value, files):
    if key == "file":
        files[value["path"]] = base64.b64decode(value["content"])
    elif key == "lfsFile":
        oid, size = value["oid"], value["size"]
        data = hub.blobs.get(oid)
        if data is None:
            data = hub_xet.get(hub.store, oid, size)
            if data is None:
                raise HubError(400, message=f"{value['path']} was never uploaded.")
            hub.in_xet.add(oid)
        hub.blobs[oid] = files[value["path"]] = data
    elif key == "deletedFile":
        if files.pop(value["path"], None) is None:
            raise HubError(404, "EntryNotFound", "There is no file of this name.")


def models(hub, request):
    tags = set(request.query.get("filter", "").split(",")) - {""}
    author, wanted = request.query.get("author"), request.query.get("search", "")
    infos = []
    for name, repository in sorted(hub.repositories.items()):
        own = request.user == name.split("/")[0]
        if repository.private and not own or wanted.lower() not in name.lower():
            continue
        info = _info(hub, name, repository.find("main"))
        if tags <= {*info["tags"], info["library_name"]}:
            if author in (None, name.split("/")[0]):
                infos.append(info)
    return as_json(infos)


def info(hub, request, name, revision="main"):
    return as_json(_info(hub, name, hub.commit_of(request, name, revision)))


def _info(hub, name, commit):
    front = _front(commit.files.get("README.md", b"").decode("utf-8", "replace"))
    siblings = []
    for path, data in sorted(commit.files.items()):
        entry = {"rfilename": path, "blobId": git_hash(data), "size": len(data)}
        if path.endswith(LARGE):
            sha256 = hashlib.sha256(data).hexdigest()
            entry["lfs"] = {"size": len(data), "sha256": sha256, "pointerSize": 130}
        siblings.append(entry)
    repository = hub.repositories[name]
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


def tree(hub, request, name, revision):
    commit, entries = hub.commit_of(request, name, revision), []
    for path, data in sorted(commit.files.items()):
        entry = {"type": "file", "path": path, "size": len(data)}
        entry["oid"] = git_hash(data)
        if path.endswith(LARGE):
            sha256 = hashlib.sha256(data).hexdigest()
            entry["lfs"] = {"oid": sha256, "size": len(data), "pointerSize": 130}
            entry |= {"xetHash": hub_xet.hash_of(data)} if hub.xet else {}
        entries.append(entry)
    start, size = int(request.query.get("cursor", 0)), 5  # several small pages
    link = {}
    if entries[start + size :]:
        url = f"{hub.url}{request.path}?recursive=true&cursor={start + size}"
        link["Link"] = f'<{url}>; rel="next"'
    status, headers, body = as_json(entries[start : start + size])
    return status, headers | link, body


def dataset(hub, request, name):
    if name not in hub.datasets:
        raise HubError(404, "RepoNotFound")
    return as_json({"_id": "1", "id": name, "tags": [], "sha": "0" * 40})


def refs(hub, request, name):
    branches = hub.readable(request, name).branches.items()
    shown = [
        {"name": b, "ref": f"refs/heads/{b}", "targetCommit": oid}
        for b, oid in branches
        if not b.startswith("refs/")
    ]
    return as_json({"branches": shown, "tags": [], "converts": []})


def branch(hub, request, name, branch):
    repository = hub.writable(request, name)
    start = request.json().get("startingPoint", "main") if request.body else "main"
    if branch in repository.branches:
        raise HubError(409, message="Reference already exists")
    repository.branches[branch] = repository.find(start).oid
    return 200, {}, b""


def token(hub, request, name, kind, revision):
    (hub.writable if kind == "write" else hub.readable)(request, name)
    expires = int(time.time()) + 3600
    headers = {
        "X-Xet-Cas-Url": f"local://{hub.store}",
        "X-Xet-Access-Token": "xet",
        "X-Xet-Token-Expiration": str(expires),
    }
    reply = {"casUrl": headers["X-Xet-Cas-Url"], "accessToken": "xet"}
    status, more, body = as_json(reply | {"exp": expires})
    return status, more | headers, body


def head(hub, request, name, revision, path):
    return file(hub, request, name, revision, path)


def file(hub, request, name, revision, path):
    commit = hub.commit_of(request, name, revision)
    if path not in commit.files:
        raise HubError(404, "EntryNotFound", "Entry not found")
    data = commit.files[path]
    headers = {"X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}
    if not path.endswith(LARGE):
        return _ranged(request, data, headers | {"ETag": f'"{git_hash(data)}"'})
    sha256 = hashlib.sha256(data).hexdigest()
    hub.blobs[sha256] = data
    headers["X-Linked-Etag"] = headers["ETag"] = f'"{sha256}"'
    headers["X-Linked-Size"] = str(len(data))
    headers["Location"] = f"http://localhost:{hub.port}/lfs/{sha256}"
    if hub.xet:
        if sha256 not in hub.in_xet:
            hub_xet.put(hub.store, data)
            hub.in_xet.add(sha256)
        route = f"{hub.url}/api/models/{name}/xet-read-token/{commit.oid}"
        headers["X-Xet-Hash"] = hub_xet.hash_of(data)
        headers["Link"] = f'<{route}>; rel="xet-auth"'
    return 302, headers, b""


def blob(hub, request, oid):
    hub.leaked |= "authorization" in request.headers
    if oid not in hub.blobs:
        raise HubError(404)
    return _ranged(request, hub.blobs[oid], {"ETag": f'"{oid}"'})


def as_json(document, status: int = 200) -> tuple[int, dict, bytes]:
    """A reply."""
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
    """The hash that the client compares with that of its own file."""
    large = path.endswith(LARGE)
    return hashlib.sha256(data).hexdigest() if large else git_hash(data)


def _front(text: str) -> dict:
    """The fields of a card's front matter, by which models are found."""
    text = text.replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return {}
    import yaml

    return yaml.safe_load(text.split("---\n")[1]) or {}


NAME = r"([\w.-]+/[\w.-]+)"
ROUTES = [
    ("GET", "/api/whoami-v2", whoami),
    ("POST", "/api/repos/create", create_repository),
    ("POST", "/api/validate-yaml", validate),
    ("POST", f"/api/models/{NAME}/preupload/([^/]+)", preupload),
    ("POST", rf"/{NAME}\.git/info/lfs/objects/batch", batch),
    ("PUT", "/lfs/([0-9a-f]{64})", put),
    ("GET", "/lfs/([0-9a-f]{64})", blob),
    ("POST", f"/api/models/{NAME}/commit/([^/]+)", commit),
    ("GET", "/api/models", models),
    ("GET", f"/api/models/{NAME}", info),
    ("GET", f"/api/datasets/{NAME}", dataset),
    ("GET", f"/api/models/{NAME}/revision/([^/]+)", info),
    ("GET", f"/api/models/{NAME}/tree/([^/]+)(?:/)?", tree),
    ("GET", f"/api/models/{NAME}/refs", refs),
    ("POST", f"/api/models/{NAME}/branch/([^/]+)", branch),
    ("GET", f"/api/models/{NAME}/xet-(read|write)-token/([^/]+)", token),
    ("HEAD", f"/{NAME}/resolve/([^/]+)/(.+)", head),
    ("GET", f"/{NAME}/resolve/([^/]+)/(.+)", file),
]
