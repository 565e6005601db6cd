"""The README does what it says."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_python_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec(compile(BLOCKS[0], "README.md", "exec"), namespace)
    assert namespace["images"].shape == (64, 28, 28, 1)
    assert (tmp_path / "my_gan" / "config.json").is_file()


def test_example_of_a_new_gan_trains_and_saves(tmp_path):
    from kerasgan import from_preset, registry

    namespace = {"__name__": "example"}
    try:
        exec(compile(BLOCKS[1], "README.md", "exec"), namespace)
        keras.utils.set_random_seed(0)
        gan = namespace["MyLSGAN"](latent_dim=4)
        gan.compile()
        images = np.zeros((8, 28, 28, 1), "uint8")
        history = gan.fit(images, batch_size=4, verbose=0).history
        assert np.isfinite(history["g_loss"]).all()
        gan.save_to_preset(tmp_path / "mine")
        again = from_preset(tmp_path / "mine")
        np.testing.assert_array_equal(
            again.generate(2, seed=0), gan.generate(2, seed=0)
        )
    finally:
        registry.GANS.pop("my_lsgan", None)


@pytest.mark.backend_free
def test_example_of_a_new_gan_fits_on_a_screen():
    assert len(BLOCKS[1].splitlines()) <= 50


@pytest.mark.backend_free
def test_files_that_the_readme_names_exist():
    root = Path(__file__).parent.parent
    for name in ("benchmarks/README.md", "CONTRIBUTING.md", "kerasgan/models"):
        assert name.split("/")[-1] in README and (root / name).exists()
