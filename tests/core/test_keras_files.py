"""Keras's own files: `.keras` and `.weights.h5` hold all that a model is."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import Labels
from tests.support import checks, parity
from tests.support.conditional import conditional

FIT = {"batch_size": 4, "verbose": 0, "shuffle": False}
WAVES = parity.WAVES[:8]


def optimizers():
    return {
        "discriminator": keras.optimizers.Adam(1e-3),
        "generator": keras.optimizers.RMSprop(2e-3),
    }


def test_a_keras_file_of_users_networks_trains_on(tmp_path):
    gan = parity.wave_gan(penalty="one_centered", discriminator_steps=2)
    gan.compile(optimizers())
    gan.fit(WAVES, **FIT)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert checks.same(checks.snapshot(gan), checks.snapshot(again))
    pairs = zip(gan.optimizer.variables, again.optimizer.variables, strict=True)
    assert all(np.array_equal(*map(ops.convert_to_numpy, pair)) for pair in pairs)
    assert again.fit(WAVES, **FIT).history == gan.fit(WAVES, **FIT).history
    np.testing.assert_array_equal(again.generate(3, seed=1), gan.generate(3, seed=1))


def test_a_keras_file_holds_players_and_schedules(tmp_path):
    model = checks.tiny("f_anogan")
    cosine = keras.optimizers.schedules.CosineDecay(1.0, 10)
    model.compile(players=["encoder"], schedules={"feature_weight": cosine})
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [player.name for player in again.playing] == ["encoder"]
    assert again.schedules["feature_weight"].get_config() == cosine.get_config()
    assert checks.same(checks.snapshot(model), checks.snapshot(again))


def test_a_keras_file_holds_the_condition(tmp_path):
    gan = conditional()
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(again.condition, Labels) and again.condition.num_classes == 3
    np.testing.assert_array_equal(again.generate(3, seed=1), gan.generate(3, seed=1))


def test_a_keras_file_holds_adas_state(tmp_path):
    gan = checks.tiny("dcgan", augmentation="ada")
    gan.augmenter.probability.assign(0.25)
    gan.augmenter.sign.assign(0.5)
    gan.compile()
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert float(again.augmenter.probability) == 0.25
    assert float(again.augmenter.sign) == 0.5


def test_a_keras_file_of_several_networks_loads(tmp_path):
    model = checks.tiny("cyclegan")
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert checks.same(checks.snapshot(model), checks.snapshot(again))


def test_a_keras_file_loads_in_a_new_process(tmp_path):
    gan = checks.tiny("dcgan")
    gan.compile()
    gan.save(tmp_path / "gan.keras")
    code = (
        "import sys, keras, kerasgan.models, numpy as np\n"
        "gan = keras.models.load_model(sys.argv[1])\n"
        "np.save(sys.argv[2], gan.generate(4, seed=1))"
    )
    arguments = [str(tmp_path / name) for name in ("gan.keras", "images.npy")]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)
    np.testing.assert_array_equal(np.load(arguments[1]), gan.generate(4, seed=1))


@pytest.mark.parametrize(
    ("method", "name"), [("save", "gan.h5"), ("save_weights", "gan.h5")]
)
def test_files_of_other_endings_are_refused(method, name, tmp_path):
    with pytest.raises(ValueError, match="`filepath` must end in"):
        getattr(parity.wave_gan(), method)(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("method", "name"), [("save", "a.keras"), ("save_weights", "a.weights.h5")]
)
def test_a_file_that_exists_is_kept_if_asked(method, name, tmp_path):
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        getattr(parity.wave_gan(), method)(tmp_path / name, overwrite=False)
    assert (tmp_path / name).read_text() == "mine"


def test_a_summary_lists_the_networks(capsys):
    checks.tiny("dcgan").summary()
    printed = capsys.readouterr().out
    assert "generator" in printed and "discriminator" in printed


def test_a_keras_file_keeps_the_shares_of_classes(tmp_path):
    gan = checks.tiny("cgan")
    gan.condition.learn([0, 0, 0, 1], ["cat", "dog", "emu"])
    gan.compile()
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert again.condition.shares == [0.75, 0.25, 0.0]
    assert again.condition.class_names == ["cat", "dog", "emu"]
