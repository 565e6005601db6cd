"""Fixtures that several files use."""

import functools
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:  # each has a core; more threads only spin
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data; skips if there is none."""
    if "KERASGAN_TEST_DATA" not in os.environ:
        pytest.skip("KERASGAN_TEST_DATA names no folder of real data")
    return Path(os.environ["KERASGAN_TEST_DATA"])


@pytest.fixture
def pictures() -> np.ndarray:
    """64 smooth random pictures, float32 (64, 16, 16, 3) in [-1, 1]."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(-1, 1, (64, 4, 4, 3)).astype("float32")
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


@pytest.fixture(scope="module")
def gan():
    """A tiny DCGAN that saving refreshes the statistics of by a few images."""
    from tests.support import checks  # which imports Keras

    gan = checks.tiny("dcgan")
    gan.refresh_statistics = functools.partial(gan.refresh_statistics, 2, 8)
    return gan


@pytest.fixture(scope="module")
def saved(gan, tmp_path_factory) -> Path:
    """Its preset; a test that spoils it copies it first."""
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    gan.save_to_preset(folder)
    return folder
