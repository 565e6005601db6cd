"""The README does what it says."""

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
NEW_GAN = next(block for block in BLOCKS if "class MyLSGAN" in block)


def test_python_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec(compile(BLOCKS[0], "README.md", "exec"), namespace)
    assert namespace["images"].shape == (64, 28, 28, 1)
    assert (tmp_path / "my_gan" / "config.json").is_file()


def test_choosing_example_runs():
    (code,) = (block for block in BLOCKS if '"cgan_mnist"' in block)
    namespace = {}
    exec(compile(f"import kerasgan\n{code}", "README.md", "exec"), namespace)
    assert namespace["sevens"].shape == (16, 28, 28, 1)
    assert not np.array_equal(*namespace["images"])
    assert namespace["film"].shape == (17, 28, 28, 1)


def test_fine_tuning_goes_on_from_the_presets_weights(tmp_path, monkeypatch):
    """On as few photos as a batch has, of another size."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for name in range(64):
        Image.new("RGB", (40, 30), (4 * name, 0, 0)).save(f"photos/{name}.png")
    (text,) = re.findall(r"To fine-tune .*?A recipe", README, re.DOTALL)
    lines = "\n".join(re.findall(r"`([^`]*)`", text)).replace("epochs=10", "verbose=0")
    exec(compile(f"import kerasgan\n{lines}", "README.md", "exec"), {})
    metadata = json.loads(Path("runs/mine/metadata.json").read_text())
    assert metadata["fine_tuned_from"]["name"] == "dcgan_mnist"


def test_quality_examples_run(test_data, tmp_path, monkeypatch, capsys):
    """On fewer images and samples than the README's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFDS_DATA_DIR", str(test_data / "tfds"))
    measuring, training = (
        b for b in BLOCKS if "dataset" in b and "features_mnist" in b
    )
    for full, short in (
        ('load("mnist")', 'load("mnist", split="train[:1000]")'),
        ("held_out=test)", "held_out=test, samples=200)"),
        ("every=2)", "every=2, samples=200)"),
        ("epochs=20", "epochs=1, verbose=0"),
    ):
        assert full in measuring + training
        measuring = measuring.replace(full, short)
        training = training.replace(full, short)
    code = f"{measuring}\ngan.compile()\n{training}"
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("fid_features_mnist ")
    assert (tmp_path / "runs/best/config.json").is_file()


def test_example_of_a_new_gan_trains_and_saves(tmp_path):
    from kerasgan import from_preset, registry

    namespace = {"__name__": "example"}
    try:
        exec(compile(NEW_GAN, "README.md", "exec"), namespace)
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
    assert len(NEW_GAN.splitlines()) <= 50


@pytest.mark.backend_free
def test_files_that_the_readme_names_exist():
    root = Path(__file__).parent.parent
    for name in ("benchmarks/README.md", "CONTRIBUTING.md", "kerasgan/models"):
        assert name.split("/")[-1] in README and (root / name).exists()
