"""Keras's own files: `.keras` and `.weights.h5` hold all that a model is."""

import copy
import json
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

import kerasgan
from kerasgan import GAN, Labels, Vectors
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


def test_a_summary_tells_moving_averages_apart(capsys):
    gan = checks.tiny("dcgan")
    gan.summary()
    printed = capsys.readouterr().out
    assert "generator " in printed and "discriminator " in printed
    sizes = [gan.networks[n].count_params() for n in ("generator", "discriminator")]
    assert f"The networks have {sum(sizes):,} params." in printed
    assert f"generator_ema with {sizes[0]:,} params." in printed
    lines = []
    gan.summary(print_fn=lines.append)
    assert "generator_ema with" in lines[-1] and not capsys.readouterr().out


def test_a_sampler_has_no_moving_averages_of_its_own(capsys):
    gan = checks.tiny("dcgan", networks="sampler")
    gan.summary()
    assert "moving averages" not in capsys.readouterr().out
    assert gan.count_params() == gan.generator.count_params()


@pytest.mark.parametrize("name", ["dcgan", "cyclegan", "f_anogan"])
def test_parameters_are_counted_once(name):
    model = checks.tiny(name)
    counts = [model.networks[n].count_params() for n in model.stored]
    assert model.count_params() == sum(counts)
    names = {average.name for average in model.averages.values()}
    assert names == {f"{n}_ema" for n in model.averaged}


@pytest.mark.parametrize("compiled", [False, True])
def test_a_keras_file_keeps_the_shares_of_classes(tmp_path, compiled):
    gan = checks.tiny("cgan")
    gan.condition.learn([0, 0, 0, 1], ["cat", "dog", "emu"])
    if compiled:
        gan.compile()
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert again.condition.shares == [0.75, 0.25, 0.0]
    assert again.condition.class_names == ["cat", "dog", "emu"]


def through_a_file(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


COPIES = {
    "deepcopy": lambda model, _: copy.deepcopy(model),
    "pickle": lambda model, _: pickle.loads(pickle.dumps(model)),
    "a file": through_a_file,
}


@pytest.fixture(scope="module")
def licensed(tmp_path_factory):
    """A preset with a license and a recipe."""
    folder = tmp_path_factory.mktemp("licensed") / "cgan_mnist"
    kerasgan.from_preset("cgan_mnist").save_to_preset(folder)
    return folder


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_copy_keeps_where_it_comes_from(licensed, tmp_path, copied, compiled):
    gan = kerasgan.from_preset(licensed)
    if compiled:
        gan.compile()
    again = copied(gan, tmp_path)
    assert again.origin == gan.origin and again.origin["metadata"]["license"]
    again.save_to_preset(tmp_path / "cgan_mnist")
    names = "config.json recipe.json generator.weights.h5 discriminator.weights.h5"
    for name in (*names.split(), "README.md"):
        pair = [(f / name).read_bytes() for f in (licensed, tmp_path / "cgan_mnist")]
        assert pair[0] == pair[1], name


def test_a_trained_copy_has_no_license_of_the_preset(licensed, tmp_path):
    gan = kerasgan.from_preset(licensed)
    gan.step.assign_add(1)
    copy.deepcopy(gan).save_to_preset(tmp_path / "trained")
    metadata = json.loads((tmp_path / "trained/metadata.json").read_text())
    assert metadata["license"] is None and metadata["updates"] == 1
    assert metadata["fine_tuned_from"]["name"] == "cgan_mnist"


def test_a_copy_of_a_classifier_keeps_its_classes(tmp_path):
    model = kerasgan.from_preset("features_mnist")
    again = copy.deepcopy(model)
    assert again.origin == model.origin and again.class_names == model.class_names


@pytest.mark.backend_free
def test_a_new_process_needs_one_import(tmp_path):
    """Keras finds all classes by `import kerasgan.models`, or says what it misses."""
    latents, vectors, data = keras.Input((2,)), keras.Input((3,)), keras.Input((4,))
    joined = keras.layers.Concatenate()([latents, vectors])
    made = keras.Model([latents, vectors], keras.layers.Dense(4)(joined))
    x = keras.layers.Concatenate()([data, vectors])
    logits = keras.layers.Reshape(())(keras.layers.Dense(1)(x))
    gan = GAN(made, keras.Model([data, vectors], logits), condition=Vectors(3))
    gan.save(tmp_path / "gan.keras")
    code = "import keras, kerasgan.models, sys; keras.models.load_model(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, tmp_path / "gan.keras"], check=True)
