"""A user's process, which knows the Hub on loopback only by its environment."""

import os
import subprocess
import sys
from pathlib import Path

import kerasgan

ROOT = Path(kerasgan.__file__).parents[1]
FILES = {
    "config.json": b'{"format": 1}\n',
    "metadata.json": b"{}\n",
    "README.md": b"---\nlibrary_name: kerasgan\ntags: [gan]\n---\n\n# digits\n",
    "generator.weights.h5": bytes(range(256)) * 500,
    "discriminator.weights.h5": b"D" * 1000,
}


def run(server, home, *arguments, fails=False, timeout=120, cwd=None, **variables):
    """Starts Python; returns what it did, which must end as expected.

    Args:
        server: A `hub_server.Hub`.
        home: Folder for the client's cache and token.
        *arguments: Of Python.
        fails: Whether it must fail.
        timeout: Seconds.
        cwd: The folder it runs in.
        **variables: More of its environment.
    """
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGG"))}
    environment = plain | {
        "HF_ENDPOINT": server.url,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": str(ROOT),
        **({} if server.xet else {"HF_HUB_DISABLE_XET": "1"}),
        **variables,
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done


def write_files(parent):
    """A folder that holds `FILES`."""
    folder = parent / "digits"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder
