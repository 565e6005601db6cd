"""`kerasgan choose` answers with families, results and commands."""

import pytest

from tests.cli.helpers import one_line

pytestmark = pytest.mark.backend_free


def test_choose_answers_with_results_and_a_command(kerasgan_command):
    code, out, err = kerasgan_command("choose", "--images", 750, "--size", 64)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("1. r3gan: the best of the zoo")
    assert "   kerasgan train photos/ --hours 1" in lines
    assert "fid_features_mnist 0.0583 (real images 0.0284)" in out


def test_choose_names_what_comes_nearest(kerasgan_command):
    code, out, _ = kerasgan_command("choose", "--task", "translate", "--images", 9)
    assert code == 0 and out.startswith("Nothing fits. The nearest:\n1. cyclegan")
    assert "but it needs about 500 images; you have 9" in out
    code, _, err = kerasgan_command("choose", "--task", "upscal")
    assert code == 2 and "Did you mean 'upscale'" in one_line(err)


def test_choose_with_hours_measures(kerasgan_command, monkeypatch):
    from kerasgan.training import propose

    measured = propose.propose
    monkeypatch.setattr(
        propose,
        "propose",
        lambda *args, **kwargs: measured(*args, measure=lambda *_: 0.2, **kwargs),
    )
    code, out, err = kerasgan_command(
        "choose", "--images", 750, "--size", 32, "--hours", 2
    )
    assert code == 0, err
    assert "160 images/s" in out and "36,000, so 1,152,000 images" in out
    assert "Expect from 750 images at 32 pixels, after 2 hours" in out
