"""Keras's contract: compile, fit, evaluate, callbacks, saving; and bad input."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import backend, data
from kerasgan.errors import TrainingDivergedError
from tests.support import checks
from tests.support.conditional import Conditional

FIT = {"batch_size": 4, "verbose": 0, "shuffle": False}
PICTURES = checks.pictures(8)


@pytest.fixture
def gan():
    gan = checks.tiny("dcgan")
    gan.compile()
    return gan


def rates(gan) -> list[float]:
    parts = (gan.optimizer.discriminator, gan.optimizer.generator)
    return [float(ops.convert_to_numpy(part.learning_rate)) for part in parts]


def test_compile_without_arguments_takes_the_papers_optimizers(gan):
    assert rates(gan) == pytest.approx([2e-4, 2e-4])
    assert gan.optimizer.discriminator.beta_1 == 0.5
    assert gan.optimizer.discriminator is not gan.optimizer.generator


def test_one_optimizer_for_both_networks_is_refused(gan):
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="must be two objects"):
        gan.compile(adam, adam)


def test_backend_refuses_what_it_cannot_compile(gan):
    for option in ({"jit_compile": True}, {"steps_per_execution": 2}):
        if set(option) <= backend.SUPPORTS:
            gan.compile(**option)
            gan.fit(PICTURES, **FIT)
            assert int(gan.step) > 0
        else:
            with pytest.raises(ValueError, match=next(iter(option))):
                gan.compile(**option)


def test_several_devices_are_refused_until_they_are_built(gan, monkeypatch):
    monkeypatch.setattr(backend, "replica_count", lambda: 2)
    with pytest.raises(ValueError, match="2 replicas"):
        gan.compile()


def test_several_steps_per_execution_give_the_same_losses():
    if "steps_per_execution" not in backend.SUPPORTS:
        pytest.skip("this backend runs one step at a time; refusing more is tested")
    found = []
    for steps in (1, 2):
        gan = checks.tiny("wgan_gp")
        gan.compile(steps_per_execution=steps)
        found.append(gan.fit(checks.pictures(24), **FIT).history)
    for name, values in found[0].items():
        assert found[1][name] == pytest.approx(values, rel=1e-4, abs=1e-5)


def test_eager_and_compiled_steps_agree():
    found = []
    for eager in (True, False):
        gan = checks.tiny("wgan_gp", discriminator_steps=2)
        gan.compile(run_eagerly=eager)
        found.append(gan.fit(PICTURES, **FIT).history)
    for name, values in found[0].items():
        assert found[1][name] == pytest.approx(values, rel=1e-4, abs=1e-5)


def test_evaluate_reports_losses_and_changes_nothing():
    gan = checks.tiny("wgan_gp")
    gan.compile()
    states = [*gan.weights, *gan.own_states()]
    before = [np.array(ops.convert_to_numpy(state)) for state in states]
    options = {"batch_size": 4, "verbose": 0, "return_dict": True}
    logs = gan.evaluate(PICTURES, **options)
    assert {"d_loss", "g_loss", "gradient_penalty"} <= logs.keys()
    assert np.isfinite(list(logs.values())).all()
    assert checks.same(before, [ops.convert_to_numpy(state) for state in states])
    assert gan.evaluate(PICTURES, **options) == logs


def test_evaluate_is_of_the_moving_average():
    gan = checks.tiny("dcgan")
    gan.compile()
    options = {"batch_size": 4, "verbose": 0, "return_dict": True}
    logs = gan.evaluate(PICTURES, **options)
    for weight in gan.generator.weights:
        weight.assign(np.zeros(weight.shape, "float32"))
    assert gan.evaluate(PICTURES, **options) == logs
    gan.generator_ema.set_weights(gan.generator.get_weights())
    assert gan.evaluate(PICTURES, **options) != logs


def test_a_training_on_nan_stops_and_says_so():
    def batches():
        yield (PICTURES[:4],)
        yield (np.full_like(PICTURES[:4], np.nan),)

    gan = checks.tiny("dcgan")
    gan.compile()
    with pytest.raises(TrainingDivergedError, match="NaN in the data"):
        gan.fit(batches(), steps_per_epoch=2, verbose=0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda gan: gan.compile(steps_per_execution=0), "`steps_per_execution` must"),
        (lambda gan: gan.fit(PICTURES, batch_size=0), "`batch_size` must be"),
    ],
)
def test_counts_of_zero_are_refused(call, said):
    gan = checks.tiny("dcgan")
    gan.compile()
    with pytest.raises(ValueError, match=said):
        call(gan)


@pytest.mark.parametrize("option", ["sample_weight", "class_weight"])
def test_weights_of_single_images_are_refused(option, gan):
    with pytest.raises(ValueError, match=option):
        gan.fit(PICTURES, **{option: np.ones(8)}, **FIT)


def test_validation_losses_are_in_the_history(gan):
    history = gan.fit(PICTURES, validation_data=PICTURES, **FIT).history
    assert np.isfinite(history["val_d_loss"]).all()


def test_learning_rate_callback_scales_both_networks():
    gan = checks.tiny("dcgan")
    gan.compile(keras.optimizers.SGD(0.4), keras.optimizers.SGD(0.1))
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    gan.fit(PICTURES, epochs=2, callbacks=[halve], **FIT)
    assert rates(gan) == pytest.approx([0.1, 0.025])


def test_learning_rate_warms_up_from_zero():
    gan = checks.tiny("dcgan")
    gan.compile(keras.optimizers.SGD(0.4), keras.optimizers.SGD(0.1))
    for rate in (0.0, 0.2):
        gan.optimizer.learning_rate = rate
    assert rates(gan) == pytest.approx([0.2, 0.05])


def test_setting_the_rate_of_a_schedule_is_refused():
    gan = checks.tiny("dcgan")
    decay = keras.optimizers.schedules.CosineDecay(1e-3, 10)
    gan.compile(keras.optimizers.SGD(0.4), keras.optimizers.SGD(decay))
    with pytest.raises(TypeError, match="follows a schedule"):
        gan.optimizer.learning_rate = 0.1


def test_a_schedule_counts_its_own_networks_updates():
    gan = checks.tiny("wgan_gp", discriminator_steps=2)
    schedules = [
        keras.optimizers.schedules.PolynomialDecay(1.0, 4, end_learning_rate=0.0)
        for _ in range(2)
    ]
    gan.compile(*map(keras.optimizers.SGD, schedules))
    gan.fit(PICTURES * 0, **FIT)  # two discriminator updates, one generator update
    assert rates(gan) == pytest.approx([0.5, 0.75])


def test_keras_file_restores_weights_optimizers_and_average(tmp_path):
    gan = checks.tiny("wgan_gp", discriminator_steps=1)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.RMSprop(2e-3))
    gan.fit(PICTURES, **FIT)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert checks.same(checks.snapshot(gan), checks.snapshot(again))
    assert rates(again) == pytest.approx([1e-3, 2e-3])
    for mine, other in zip(
        gan.optimizer.variables, again.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(mine, other)
    assert again.fit(PICTURES, **FIT).history == gan.fit(PICTURES, **FIT).history


def test_keras_file_loads_in_a_new_process_that_imports_the_models(tmp_path):
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


def test_the_pair_of_optimizers_can_be_rebuilt(gan):
    pair = gan.optimizer
    again = type(pair).from_config(pair.get_config())
    assert again.discriminator.get_config() == pair.discriminator.get_config()


def test_summary_lists_the_networks(gan, capsys):
    gan.summary()
    printed = capsys.readouterr().out
    assert "generator" in printed and "discriminator" in printed


def test_uint8_and_float_images_train_alike():
    found = []
    numbers = np.random.default_rng(0).integers(0, 256, (8, *checks.SHAPE), "uint8")
    for images in (numbers, numbers / np.float32(127.5) - np.float32(1)):
        gan = checks.tiny("dcgan")
        gan.compile()
        found.append(gan.fit(images, **FIT).history["d_loss"])
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def test_fit_takes_our_dataset_and_generators(gan):
    images = checks.pictures(12)
    gan.fit(data.load(images, batch_size=4), verbose=0)
    batches = ((images[i : i + 4],) for i in (0, 4, 8))
    gan.fit(batches, steps_per_epoch=3, verbose=0)
    assert int(gan.step) == 6


def test_fit_on_labels_without_a_use_for_them_warns_once(gan):
    pair = (PICTURES, np.zeros(8, int))
    with pytest.warns(UserWarning, match="labels are ignored") as caught:
        gan.fit(*pair, validation_data=pair, **FIT)
    assert len([w for w in caught if "labels" in str(w.message)]) == 1


class TestConditional:
    IMAGES = np.zeros((6, 8, 8, 1), "float32")

    def gan(self):
        gan = Conditional()
        gan.compile()
        return gan

    def test_trains_on_arrays_and_datasets_with_labels(self):
        gan, labels = self.gan(), np.arange(6) % 3
        gan.fit(self.IMAGES, labels, batch_size=3, verbose=0)
        pairs = data.load((self.IMAGES, labels), labels=True, batch_size=3)
        history = gan.fit(pairs, verbose=0).history
        assert int(gan.step) == 4 and np.isfinite(history["d_loss"]).all()

    def test_missing_labels_are_refused(self):
        bare = data.load(self.IMAGES, batch_size=3)
        for images, options in ((self.IMAGES, {"batch_size": 3}), (bare, {})):
            with pytest.raises(ValueError, match="needs labels.*labels=True"):
                self.gan().fit(images, verbose=0, **options)

    def test_labels_out_of_range_are_refused(self):
        with pytest.raises(ValueError, match=r"lie in \[0, 2\]"):
            self.gan().fit(self.IMAGES, np.arange(6), batch_size=3, verbose=0)

    def test_data_of_another_number_of_classes_are_refused(self):
        pairs = data.load((self.IMAGES, np.arange(6) % 2), labels=True, batch_size=3)
        pairs.class_names = ["cat", "dog"]
        said = r"num_classes=3, and data of 2 classes \(cat, dog\).*num_classes=2"
        with pytest.raises(ValueError, match=said):
            self.gan().fit(pairs)

    def test_labels_out_of_range_in_a_later_batch_are_refused(self):
        labels = np.array([0, 1, 2, 3, 4, 5])
        data_set = data.load(
            (self.IMAGES, labels), labels=True, batch_size=1, shuffle=False
        )
        with pytest.raises(ValueError, match=r"lie in \[0, 2\]"):
            self.gan().fit(data_set, verbose=0)

    def test_each_class_in_turn_is_the_default(self):
        gan = self.gan()
        latents = np.zeros((6, 4), "float32")
        in_turn = gan.generate(latents=latents)
        chosen = gan.generate(latents=latents, labels=[0, 1, 2, 0, 1, 2])
        np.testing.assert_array_equal(in_turn, chosen)
        assert not np.array_equal(in_turn[0], in_turn[1])

    def test_one_label_serves_all_images(self):
        gan = self.gan()
        same = gan.generate(latents=np.zeros((2, 4)), labels=1)
        np.testing.assert_array_equal(same[0], same[1])

    def test_label_of_no_class_is_refused(self):
        with pytest.raises(ValueError, match=r"lie in \[0, 2\]"):
            self.gan().generate(2, labels=3)


BAD = {
    "no channel axis": (PICTURES[..., 0], ValueError, "images\\[..., None\\]"),
    "another size": (PICTURES[:, :8], ValueError, "image_shape=\\(16, 16, 3\\)"),
    "another channel count": (PICTURES[..., :1], ValueError, "built for"),
    "floats up to 255": ((PICTURES + 1) * 127, ValueError, "images / 127.5 - 1"),
    "integers": ((PICTURES * 9).astype("int64"), TypeError, "uint8"),
    "NaN": (np.where(PICTURES > 0.99, np.nan, PICTURES), ValueError, "finite"),
    "no image": (PICTURES[:0], ValueError, "no image"),
    "a word": ("mnist", TypeError, "kerasgan.data.load"),
    "a list": ([1, 2], TypeError, "Received: list"),
}


@pytest.mark.parametrize("case", BAD)
def test_fit_refuses(case, gan):
    images, error, message = BAD[case]
    with pytest.raises(error, match=message):
        gan.fit(images, **FIT)
    assert int(gan.step) == 0


def test_fit_refuses_datasets_of_other_shapes_at_their_first_batch(gan):
    with pytest.raises(ValueError, match="built for"):
        gan.fit(data.load(PICTURES[..., :1], batch_size=4), verbose=0)


def test_fit_refuses_a_batch_larger_than_the_data(gan):
    with pytest.raises(ValueError, match="must not exceed the data"):
        gan.fit(PICTURES, batch_size=9, verbose=0)


def test_fit_before_compile_says_what_to_call():
    with pytest.raises(ValueError, match=r"Call compile\(\) first"):
        checks.tiny("dcgan").fit(PICTURES, **FIT)


@pytest.mark.parametrize("shape", [(28, 28), (30, 30, 1), (8, 8, 1), (28.5, 28, 1)])
def test_image_shapes_an_architecture_cannot_make_are_refused(shape):
    with pytest.raises(ValueError, match="image_shape"):
        checks.tiny("dcgan", image_shape=shape)


@pytest.mark.parametrize("weight", [-1.0, "10", float("nan"), True])
def test_weights_of_losses_are_checked(weight):
    with pytest.raises(ValueError, match="penalty_weight"):
        checks.tiny("wgan_gp", penalty_weight=weight)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_weights_in_half_precision_are_refused(dtype):
    with pytest.raises(ValueError, match=f"'mixed_{dtype}'"):
        checks.tiny("dcgan", dtype=dtype)


def test_latents_of_no_length_are_refused():
    with pytest.raises(ValueError, match="latent_dim"):
        checks.tiny("dcgan", latent_dim=0)


@pytest.mark.parametrize("shape", [(28, 28, 1), (16, 32, 3), (48, 48, 4), (20, 20, 2)])
@pytest.mark.parametrize("name", sorted(checks.TINY))
def test_other_sizes_and_channel_counts_work(shape, name):
    gan = checks.tiny(name, image_shape=shape)
    assert gan.generate(2, seed=0).shape == (2, *shape)
    assert checks.logits_of(gan, np.zeros((2, *shape), "float32")).shape == (2,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "adam"}, "takes d_optimizer, g_optimizer"),
        ({"loss": "mse"}, "Received: .'loss'"),
        ({"d_optimizer": 3}, "`d_optimizer` must be a keras.optimizers.Optimizer"),
    ],
)
def test_compile_refuses_what_is_not_a_gans(arguments, message):
    with pytest.raises(TypeError, match=message):
        checks.tiny("dcgan").compile(**arguments)
