"""A full disk: the process survives, and what was there stays whole.

The system's own limit on file sizes stands in for it; HDF5, writing to disk itself,
dies of that limit. Each case is a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import kerasgan

PROGRAM = """
import resource, signal, sys
from kerasgan import checkpoints, models

gan = models.DCGAN((16, 16, 1), latent_dim=4, width=8, seed=0)
gan.compile()
save = {
    "preset": lambda: gan.save_to_preset("target", overwrite=True),
    "weights": lambda: gan.save_weights("target.weights.h5"),
    "keras": lambda: gan.save("target.keras"),
    "checkpoint": lambda: checkpoints.write(Path("target"), gan, {"updates": 1}),
}[sys.argv[1]]
from pathlib import Path
save()
found = {p: p.read_bytes() for p in Path(".").rglob("*") if p.is_file()}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    save()
except OSError:
    left = {p: p.read_bytes() for p in Path(".").rglob("*") if p.is_file()}
    print("whole" if left == found else f"torn: {sorted(set(left) ^ set(found))}")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("limit", [1000, 40_000])
@pytest.mark.parametrize("what", ["preset", "weights", "keras", "checkpoint"])
def test_a_full_disk_leaves_what_was_there(what, limit, tmp_path):
    root = Path(kerasgan.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, what, str(limit)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stdout) == (0, "whole\n"), run.stderr[-2000:]
