"""The table and the picture of a training's logs."""

import numpy as np
import pytest
from PIL import Image

from kerasgan import callbacks, plots
from kerasgan.callbacks import curves

pytestmark = pytest.mark.backend_free


def test_a_resumed_table_continues(tmp_path):
    earlier = [{"d_loss": 1.0, "updates": 4}]
    callback = callbacks.Curves(tmp_path, earlier)
    callback.on_epoch_end(1, {"d_loss": 0.5, "fid": np.nan})
    callback.on_epoch_end(2, {"d_loss": 0.25, "fid": 3.0})
    callback.on_train_end()
    text = (tmp_path / "history.csv").read_text()
    assert text == "epoch,d_loss,updates,fid\n1,1,4,\n2,0.5,,\n3,0.25,,3\n"
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.size == (720, 240)


def test_a_line_rises_where_its_values_do():
    chart = plots.line_chart([0, 1], {"a": [0.0, 1.0]}, limits=(0.0, 1.0), side=210)
    blue = (chart == [0x1F, 0x77, 0xB4]).all(axis=-1)
    rows, columns = np.nonzero(blue[30:])  # below the name
    assert np.corrcoef(rows, columns)[0, 1] < -0.99
    assert columns.min() == pytest.approx(30, abs=2)  # an edge is a 7th of the side
    assert columns.max() == pytest.approx(300, abs=2)


def test_losses_share_a_chart():
    rows = [{"epoch": 1, "d_loss": 1.0, "g_loss": 2.0, "fid": 3.0, "seconds": 9}]
    assert curves.draw(rows).shape == (240, 720, 3)  # the losses, and fid
