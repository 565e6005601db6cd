"""The machine and the versions that a result was measured with."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from kerasgan import __version__

ROOT = Path(__file__).parents[2]  # of the checkout, if the package runs from one


def describe() -> dict:
    """Processor, cores, backend, versions and commit, for `results.json`."""
    import keras

    backend = keras.backend.backend()
    packages = ("keras", backend, "numpy")
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "backend": backend,
        "versions": {"python": platform.python_version(), "kerasgan": __version__}
        | {name: _version(name) for name in packages},
        "commit": commit(),
    }


def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def processor() -> str:
    """The name of the processor, as the operating system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def commit() -> str | None:
    """The commit of the checkout that the package runs from, or None."""
    command = ["git", "rev-parse", "--show-toplevel", "--short", "HEAD"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    top, commit = done.stdout.split("\n")[:2]
    return commit if Path(top) == ROOT.resolve() else None
