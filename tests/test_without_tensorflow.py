"""Where TensorFlow is absent, all but reading its data sets works on JAX and torch."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kerasgan

pytestmark = [pytest.mark.backend_free, pytest.mark.matrix]

PROGRAM = """
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec

def without_tensorflow(name, path=None, target=None):
    absent = name.split(".")[0] in ("tensorflow", "tensorflow_datasets")
    return None if absent else find_spec(name, path, target)

PathFinder.find_spec = without_tensorflow
import sys
import kerasgan

kerasgan.list_presets()
kerasgan.data.load("set.npz", batch_size=4, labels=True)
gan = kerasgan.models.DCGAN(image_shape=(16, 16, 1), latent_dim=4, width=4, seed=0)
gan.compile()
gan.fit(kerasgan.data.load("set.npz", batch_size=4), epochs=1, verbose=0)
images = gan.generate(3, seed=0)
try:
    kerasgan.data.load("mnist")
except ImportError as error:
    print(error)
print("step", int(gan.step), images.shape)
print("tensorflow" in sys.modules)
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_all_but_tfds_names_works_without_tensorflow(backend, tmp_path):
    pytest.importorskip(backend)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 16, 16, 1), dtype="uint8")
    np.savez(tmp_path / "set.npz", images=images, labels=np.arange(8))
    paths = [str(Path(kerasgan.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=os.environ
        | {
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        },
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    remedy, step, imported = run.stdout.strip().splitlines()[-3:]
    assert "kerasgan data export mnist --out mnist.npz" in remedy
    assert "--data mnist.npz" in remedy
    assert step == "step 2 (3, 16, 16, 1)" and imported == "False"
