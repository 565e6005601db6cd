"""A full disk: the process survives, and existing files stay complete.

The system's limit on file sizes stands in for a full disk. HDF5 itself dies when it
writes beyond the limit. Each case is a process of its own.
"""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

import kerasgan

pytestmark = pytest.mark.backend_free

PROGRAM = """
import resource, signal, sys
from pathlib import Path

from kerasgan import registry
from kerasgan.training import checkpoints

gan = registry.lookup("dcgan")(image_shape=(16, 16, 1), latent_dim=4, width=8, seed=0)
gan.compile()
save = {
    "preset": lambda: gan.save_to_preset("target", overwrite=True),
    "weights": lambda: gan.save_weights("target.weights.h5"),
    "keras": lambda: gan.save("target.keras"),
    "checkpoint": lambda: checkpoints.write(Path("target"), gan, {"updates": 1}),
}[sys.argv[1]]
save()
before = {p: p.read_bytes() for p in Path(".").rglob("*") if p.is_file()}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    save()
except OSError:
    left = {p: p.read_bytes() for p in Path(".").rglob("*") if p.is_file()}
    print("whole" if left == before else f"torn: {sorted(set(left) ^ set(before))}")
"""
FORMS = ("preset", "weights", "keras", "checkpoint")
CHOSEN = {("preset", 40_000), ("checkpoint", 1000)}  # the others run as the matrix
CASES = [
    pytest.param(*case, marks=() if case in CHOSEN else pytest.mark.matrix)
    for case in itertools.product(FORMS, (0, 1000, 40_000))
]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(("form", "limit"), CASES)
def test_a_full_disk_leaves_what_was_there(form, limit, tmp_path):
    root = Path(kerasgan.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, form, str(limit)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stdout) == (0, "whole\n"), run.stderr[-2000:]
