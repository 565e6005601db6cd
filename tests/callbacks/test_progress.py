"""The line that says how far a training is."""

import pytest

from kerasgan import callbacks
from tests.support import checks

pytestmark = pytest.mark.backend_free


def test_the_line_has_images_speed_time_and_losses():
    progress = callbacks.Progress(updates=1000, batch_size=32)
    progress.on_train_begin()
    progress._first, progress.done = (10.0, 1), 101
    line = progress.line(60.0, {"d_loss": 1.2345, "d_real": 0.5, "fid_tiny": 3.0})
    # 100 updates in 50 seconds; 899 are left
    assert line == ("3,232 of 32,000 images, 64/s, 7 min left, d_loss 1.23, fid_tiny 3")


@pytest.mark.parametrize(
    ("seconds", "text"), [(59, "59 s"), (120, "2 min"), (7200, "2.0 h")]
)
def test_times_are_in_words(seconds, text):
    progress = callbacks.Progress(updates=2, batch_size=1)
    progress._first, progress.done = (0.0, 0), 1
    assert f"{text} left" in progress.line(float(seconds), {})


def test_the_last_state_is_printed(capsys):
    gan = checks.tiny("dcgan")
    gan.compile()
    progress = callbacks.Progress(updates=4, batch_size=5, live=False)
    gan.fit(checks.pictures(), batch_size=5, verbose=0, callbacks=[progress])
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("20 of 20 images, ") and "d_loss " in line
