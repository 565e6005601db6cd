"""A client that meets one fault after another, and prints the outcome of each attempt.

    python -m tests.support.hub_victim OPERATION FAULT FOLDER STORE

The operation is "pull", "first" (a push to a new repository) or "later" (to one that
holds an older preset). The files in FOLDER are pushed, or compared with what is pulled.
Xet's chunks are damaged in STORE. After each attempt comes another one without a fault,
which must succeed. Imports no Keras.

The outcomes are "worked", "refused" with our error, "killed" and "broken".
"""

import itertools
import json
import logging
import os
import signal
import ssl
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from kerasgan import errors, hub
from kerasgan.hub import client, pull
from kerasgan.presets import card

TIMEOUT = 30  # seconds for an attempt, retries included
DAMAGES: dict[str, Callable[[bytes], list[bytes | None]]] = {
    "chunk changed": lambda data: [
        _flipped(data, len(data) * i // 4) for i in range(4)
    ],
    "chunk cut": lambda data: [b"", data[: len(data) // 2]],
    "chunk missing": lambda data: [None],
}


def be_quick() -> None:
    """Imports what forks need, shortens the waits, and silences log and warnings."""
    from huggingface_hub import HfApi, file_download  # noqa: F401

    context = ssl.create_default_context()  # slow, and plain HTTP needs none
    ssl.create_default_context = lambda *_, **__: context
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    push = sys.modules["kerasgan.hub.push"]  # `hub.push` is the function
    client.TIMEOUT = pull.TIMEOUT = push.TIMEOUT = 1.0
    client.WAITS = push.WAITS = (0.01, 0.02, 0.03)


def plan(number: int, kind: str | None) -> dict:
    """Orders a fault for a later request; returns whether the last one happened."""
    body = {"number": number, "kind": kind, "victim": os.getpid()}
    url = os.environ["HF_ENDPOINT"] + "/_fault"
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    return json.loads(urllib.request.urlopen(request).read())


class Pull:
    """Downloads all files of a commit into a new cache."""

    def __init__(self, files: dict[str, bytes]):
        self.files = files

    def begin(self, number: int) -> None:
        """Creates a new cache."""
        self.folder = tempfile.TemporaryDirectory()

    def __call__(self) -> bool:
        """Whether the content is right."""
        snapshot = hub.Snapshot("hf://someone/digits", cache_dir=self.folder.name)
        return {name: snapshot.read(name) for name in self.files} == self.files


class Push:
    """Pushes to a repository of its own."""

    def __init__(self, files: dict[str, bytes], stem: str):
        self.files, self.stem = files, stem

    def begin(self, number: int) -> None:
        """Chooses the repository's name."""
        self.name = f"someone/{self.stem}{number}"

    def __call__(self) -> bool:
        """Returns True. The server checks what was pushed."""
        options = {"keep": card.is_edited, "token": "hf_owner"}
        return bool(hub.push(self.name, self.files, **options))


def attempt(operation: Callable[[], bool]) -> str:
    """Runs an operation and returns the outcome."""
    start = time.monotonic()
    try:
        word = "worked" if operation() else "broken: wrong bytes"
    except (errors.HubError, errors.PresetError):
        word = "refused"
    except Exception as error:
        word = f"broken: {type(error).__name__} {error}"
    return word if time.monotonic() - start < TIMEOUT else "broken: it hung"


def apart(operation: Callable[[], bool], number: int, kind: str | None) -> str:
    """The same in a separate process, which may be killed."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(TIMEOUT)
        plan(number, kind)
        os.write(sending, attempt(operation).encode())
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as pipe:
        word = pipe.read()
    _, status = os.waitpid(child, 0)
    if word:
        return word
    ended = os.WTERMSIG(status)
    return "killed" if ended == signal.SIGKILL else f"broken: signal {ended}"


def here(operation: Callable[[], bool], number: int, kind: str | None) -> str:
    """The same in this process."""
    plan(number, kind)
    return attempt(operation)


def at_every_request(operation, kind: str) -> Iterator[str]:
    """Faults of the server and deaths of the client, at each request in turn."""
    # Xet keeps its token for the life of a process.
    xet = "HF_HUB_DISABLE_XET" not in os.environ
    tried = apart if xet or kind.endswith("kill") else here
    for number in itertools.count():
        operation.begin(number)
        word, met = tried(operation, number, kind), plan(0, None)["met"]
        again = tried(operation, 0, None)
        if met == "no":  # there were no more requests
            if word != "worked":
                yield f"broken: without a fault {word}"
            return
        if again != "worked":
            yield f"broken: the next run {again}"
        elif met == "yes":  # and not idle: a reply without a body has no wrong bytes
            yield word


def at_every_chunk(operation, kind: str, store: Path) -> Iterator[str]:
    """Damage to each file of chunks in Xet's store."""
    for path in sorted(store.glob("xet/xorbs/xorbs/default.*[0-9a-f]")):
        data = path.read_bytes()
        for damaged in DAMAGES[kind](data):
            operation.begin(0)
            path.unlink() if damaged is None else path.write_bytes(damaged)
            word = apart(operation, 0, None)
            path.write_bytes(data)
            again = apart(operation, 0, None)
            yield word if again == "worked" else f"broken: the next run {again}"


def _flipped(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def main(name: str, kind: str, folder: str, store: str) -> None:
    """Prints the outcomes as a JSON list."""
    be_quick()
    files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    operation = Pull(files) if name == "pull" else Push(files, name)
    if kind in DAMAGES:
        words = at_every_chunk(operation, kind, Path(store))
    else:
        words = at_every_request(operation, kind)
    print(json.dumps(list(words)))


if __name__ == "__main__":
    main(*sys.argv[1:])
