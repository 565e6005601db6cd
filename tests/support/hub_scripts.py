"""Python code that a user's process runs against the Hub on loopback."""

import textwrap

from tests.support import hub_process

PRELUDE = """
import json, os, sys, warnings
from pathlib import Path
from kerasgan import errors, hub
from kerasgan.presets import card
assert not {"keras", "tensorflow", "jax", "torch"} & set(sys.modules)
FILES = {p.name: p.read_bytes() for p in Path(sys.argv[1]).iterdir()}

def push(name, files=FILES, **options):
    return hub.push(name, files, **{"keep": card.is_edited, **options})
"""


def run(server, folder, code, *, fails=False, **variables):
    """What a new process prints; of one that fails the last line."""
    called = ["-c", PRELUDE + textwrap.dedent(code), str(folder)]
    home = folder.parent / "home"
    done = hub_process.run(server, home, *called, fails=fails, **variables)
    return done.stderr.strip().splitlines()[-1] if fails else done.stdout.strip()


PUSH = 'print(push("someone/digits", token="hf_owner"))'
PULL = """
snapshot = hub.Snapshot("hf://someone/digits")
for name, content in FILES.items():
    assert snapshot.read(name) == content, name
print(snapshot.commit)
"""
