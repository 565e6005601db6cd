"""Two devices train as one: `tf.distribute` and JAX's `DataParallel`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

import kerasgan

ONE_DEVICE = keras.backend.backend() == "torch"


@pytest.fixture(scope="module")
def report() -> dict:
    """What `tests.support.devices` measured, in a process of its own."""
    if ONE_DEVICE:
        pytest.skip("PyTorch trains on one device in a process")
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.devices"],
        cwd=Path(kerasgan.__file__).parents[1],
        env=os.environ | {"KERAS_BACKEND": keras.backend.backend()},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.matrix
@pytest.mark.devices
def test_two_devices_train_as_one(report):
    assert len(report["differences"]) == 8
    assert max(report["differences"].values()) < 1e-4, report["differences"]


@pytest.mark.matrix
@pytest.mark.devices
def test_a_preset_saved_on_two_devices_loads_on_one(report):
    assert report["saves"]


@pytest.mark.matrix
@pytest.mark.devices
def test_replicas_refuse_a_pool_of_images(report):
    if keras.backend.backend() == "tensorflow":
        assert "pool=0" in report["refused"]
    else:
        assert report["differences"]["two generators"] < 1e-4  # with a pool
