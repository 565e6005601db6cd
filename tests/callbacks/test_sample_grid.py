"""Grids of the same latents, epoch by epoch."""

import numpy as np
import pytest
from PIL import Image

from kerasgan import callbacks, images
from tests.support import checks

pytestmark = pytest.mark.backend_free


def test_grids_show_the_same_latents_every_nth_epoch(tmp_path):
    gan = checks.tiny("dcgan")
    gan.compile()
    grid = callbacks.SampleGrid(tmp_path, num_samples=4, every=2, seed=9)
    gan.fit(checks.pictures(8), batch_size=4, epochs=4, verbose=0, callbacks=[grid])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["epoch_0002.png", "epoch_0004.png"]
    drawn = np.asarray(Image.open(tmp_path / "epoch_0004.png"))
    expected = images.make_picture(gan.generate(4, seed=9))
    np.testing.assert_array_equal(drawn, expected)


def test_classes_of_a_grid_are_columns(tmp_path):
    gan = checks.tiny("cgan")
    grid = callbacks.SampleGrid(tmp_path, num_samples=6)
    grid.set_model(gan)
    grid.on_train_begin()
    grid.on_epoch_end(0)
    expected = images.make_picture(gan.generate(6, seed=0), columns=3)
    drawn = np.asarray(Image.open(tmp_path / "epoch_0001.png"))
    np.testing.assert_array_equal(drawn, expected)


@pytest.mark.parametrize("counts", [{"every": 0}, {"num_samples": 0}])
def test_counts_of_zero_are_refused(tmp_path, counts):
    with pytest.raises(ValueError, match="at least 1"):
        callbacks.SampleGrid(tmp_path, **counts)
