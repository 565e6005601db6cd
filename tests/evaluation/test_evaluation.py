"""Evaluations: the same figures as from the features at once, floors, protocols."""

import functools
import hashlib
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import kerasgan
from kerasgan import callbacks, data, metrics
from kerasgan.evaluation.evaluation import Evaluation, features_for, nearest_picture, real_images, refreshed
from kerasgan.evaluation.extractors import Extractor, extractor
from kerasgan.evaluation.quality import Collected, names_of
from tests.support import checks
from tests.support.conditional import Conditional

FEW = {"samples": 40, "figures": ("fid",)}


def mean_colours(images):
    """Three numbers an image: what a user's own function may be."""
    return images.astype("float64").mean(axis=(1, 2)) + images[:, 0, 0]


def photos(count=60, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 4, 4, 3), dtype="uint8")
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


@pytest.fixture(scope="module")
def gan():
    return checks.tiny("dcgan")


@pytest.mark.backend_free
def test_a_frechet_distance_is_that_of_the_features():
    real, new, fake = photos(50), photos(30, 1), photos(40, 2)
    result = Evaluation(real, mean_colours, new, **FEW).of_images(fake)
    found = result["fid_mean_colours"]
    expected = metrics.frechet_distance(mean_colours(real), mean_colours(fake))
    floor = metrics.frechet_distance(mean_colours(real), mean_colours(new))
    assert float(found) == pytest.approx(expected, rel=1e-12)
    assert found.floor == pytest.approx(floor, rel=1e-12)


@pytest.mark.backend_free
def test_the_protocol_says_where_a_figure_comes_from(gan):
    found = gan.evaluate_quality(photos(), mean_colours, photos(20, 1), **FEW)
    assert found["fid_mean_colours"].protocol == {
        "features": "mean_colours",
        "features_sha256": extractor(mean_colours).protocol["features_sha256"],
        "resize": "none",
        "reference_sha256": hashlib.sha256(photos().tobytes()).hexdigest()[:12],
        "reference_count": 60,
        "generated_count": 40,
        "held_out_count": 20,
        "reference": "ndarray",
        "seed": 0,
        "held_out": "ndarray",
        "moving_average": True,
    }


@pytest.mark.backend_free
def test_every_fifth_image_is_held_out_where_none_is_given(gan):
    images = photos(50)
    held_out = np.arange(50) % 5 == 4
    split = Evaluation(images, mean_colours, **FEW)
    given = Evaluation(images[~held_out], mean_colours, images[held_out], **FEW)
    a, b = (e.of_gan(gan)["fid_mean_colours"] for e in (split, given))
    assert (a.value, a.floor) == (b.value, b.floor)


@pytest.mark.backend_free
def test_all_sources_of_the_same_images_give_the_same_figure(gan):
    images = photos(48)
    dataset = data.load(images, batch_size=16, shuffle=False)
    floats = kerasgan.images.from_uint8(images)
    sources = images, floats, dataset, [images[:30], images[30:]], dataset
    values = [
        Evaluation(source, mean_colours, photos(9, 1), **FEW).of_gan(gan)
        for source in sources
    ]
    first, *others = (float(v["fid_mean_colours"]) for v in values)
    np.testing.assert_allclose(others, first, rtol=1e-12)


def test_an_evaluation_leaves_the_gan_as_it_is(gan):
    before = checks.snapshot(gan)
    gan.evaluate_quality(photos(), mean_colours, **FEW)
    assert checks.same(before, checks.snapshot(gan))


def test_statistics_are_refreshed_as_a_saved_preset_has_them(gan, tmp_path):
    with refreshed(gan):
        expected = gan.generate(4, seed=0)
    gan.save_to_preset(tmp_path / "saved")
    again = kerasgan.from_preset(tmp_path / "saved")
    np.testing.assert_array_equal(again.generate(4, seed=0), expected)


@pytest.mark.backend_free
def test_kept_rows_are_drawn_evenly_from_all():
    images = np.arange(1000, dtype="uint16").reshape(100, 10)
    mean = np.mean(
        [
            Collected(images, lambda x: {"pool": x[:, None]}, 50, seed).rows["pool"]
            for seed in range(200)
        ]
    )
    assert mean == pytest.approx(499.5, abs=6)  # 2 standard deviations


@pytest.mark.backend_free
def test_a_set_smaller_than_what_is_kept_is_kept_whole():
    found = Collected([np.arange(7), np.arange(7, 9)], lambda x: {"pool": x[:, None]})
    np.testing.assert_array_equal(found.rows["pool"][:, 0], np.arange(9))


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return metrics.FeatureClassifier((16, 16, 3), num_classes=4, width=2)


def test_all_figures_of_a_classifier_have_its_name(gan, classifier):
    options = {"samples": 40, "progress": True}
    found = gan.evaluate_quality(photos(), classifier, photos(40, 1), **options)
    names = "fid kid precision recall density coverage inception_score".split()
    names += ["class_share_error", "memorisation"]
    assert list(found) == [f"{name}_feature_classifier" for name in names]
    assert set(names) <= set(names_of(None))
    floors = {name for name, r in found.items() if r.floor is not None}
    assert found.keys() - floors == {"memorisation_feature_classifier"}
    shares = found["class_share_error_feature_classifier"].details["relative_shares"]
    assert len(shares) == 4


def test_conditional_gans_are_measured_by_class():
    gan = Conditional(num_classes=3)
    classifier = metrics.FeatureClassifier(gan.image_shape, num_classes=3, width=2)
    rng = np.random.default_rng(0)
    images, labels = photos()[:, :8, :8, :1], rng.integers(0, 3, 60)
    dataset = data.load((images, labels), labels=True, batch_size=10)
    figures = ("class_accuracy", "class_fid")
    options = {"samples": 40, "figures": figures}
    held_out = data.load((255 - images, labels), labels=True, batch_size=10)
    found = gan.evaluate_quality(dataset, classifier, held_out, **options)
    assert list(found) == [f"{f}_feature_classifier" for f in figures]
    drawn = gan.generate(40, seed=0)
    answers = classifier.predict(kerasgan.images.from_uint8(drawn), verbose=0)
    right = (answers.argmax(axis=1) == np.arange(40) % 3).mean()
    assert float(found["class_accuracy_feature_classifier"]) == pytest.approx(right)


def test_a_classifier_preset_gives_its_features(classifier, tmp_path):
    classifier.save_to_preset(tmp_path / "features_tiny")
    network = extractor(str(tmp_path / "features_tiny"))
    found = network(photos(5))
    scaled = kerasgan.images.from_uint8(photos(5))
    expected = classifier.classifier.predict(scaled, verbose=0)
    np.testing.assert_allclose(found["pool"], expected["pool"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        found["logits"], expected["logits"], rtol=1e-4, atol=1e-6
    )
    assert network.suffix == "_features_tiny" and network.classes


def test_figures_do_not_depend_on_the_batch_size(gan, classifier):
    values = [
        Evaluation(photos(), extractor(classifier, size), photos(20, 1), **FEW)
        .of_gan(gan, batch_size=size)["fid_feature_classifier"]
        .value
        for size in (3, 64)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


@pytest.mark.parametrize(("copied", "said"), [(True, 0.0), (False, 1.0)])
@pytest.mark.backend_free
def test_memorisation_knows_every_training_image(copied, said):
    real = photos(400)

    def pixels(images):
        return images.reshape(len(images), -1) / 255.0

    evaluation = Evaluation(real, pixels, photos(40, 1), figures=["memorisation"])
    evaluation.reference.rows["pool"] = evaluation.reference.rows["pool"][:5]
    shown = real[-40:] if copied else photos(40, 2)
    found = evaluation.of_images(shown)["memorisation_pixels"]
    assert float(found) == pytest.approx(said, abs=0.15) and found.floor is None


@pytest.mark.backend_free
def test_memorisation_needs_images_that_were_not_trained_on(gan):
    options = {"samples": 20, "progress": False}
    found = gan.evaluate_quality(photos(), mean_colours, **options)
    assert "fid_mean_colours" in found and "memorisation_mean_colours" not in found
    with pytest.raises(ValueError, match="`memorisation` needs images"):
        gan.evaluate_quality(photos(), mean_colours, figures=["memorisation"])


@pytest.mark.backend_free
def test_figures_of_pairs_say_how_many_rows_they_used(monkeypatch):
    collected = functools.partial(Collected, kept=30)
    monkeypatch.setattr(kerasgan.evaluation, "Collected", collected)
    figures = ["fid", "precision_recall"]
    evaluation = Evaluation(photos(50), mean_colours, photos(40, 1), figures=figures)
    found = evaluation.of_images(photos(35, 2))
    protocol = found["precision_mean_colours"].protocol
    assert (protocol["reference_rows"], protocol["generated_rows"]) == (30, 30)
    assert (protocol["reference_count"], protocol["generated_count"]) == (50, 35)
    assert "reference_rows" not in found["fid_mean_colours"].protocol


@pytest.mark.backend_free
def test_shares_of_classes_are_those_of_all_images():
    def brightness(images):  # of two classes, dark and light
        light = images.mean(axis=(1, 2, 3)) > 127
        logits = np.stack([~light, light, 0 * light], axis=1).astype("float32")
        return {"pool": logits, "logits": logits}

    def shades(dark, light):
        return np.repeat(np.uint8([0, 255]), [dark, light])[:, None, None, None]

    network = Extractor(brightness, "brightness", classes=True)
    evaluation = Evaluation(
        shades(15_000, 5_000), network, shades(10, 10), figures=["class_shares"]
    )
    found = evaluation.of_images(shades(12_000, 8_000))["class_share_error_brightness"]
    assert found.details == {"relative_shares": [0.8, 1.6, None], "outside": 0.0}
    assert float(found) == pytest.approx(0.6)
    assert found.floor == pytest.approx(1.0)


@pytest.mark.backend_free
def test_a_class_of_one_image_has_no_distance_of_its_own():
    def network(images):
        return {"pool": images.reshape(len(images), -1)[:, :2]}

    labels = np.array([0] * 30 + [1] * 29 + [2])
    real = [(photos(), labels)]
    figures = ["class_fid"]
    evaluation = Evaluation(real, Extractor(network, "n"), figures=figures)
    found = evaluation.of_images([(photos(seed=1), labels)])["class_fid_n"]
    assert found.details["by_class"][2] is None and np.isfinite(float(found))


MEMORY = """
import resource, sys
import numpy as np
from kerasgan.evaluation import Evaluation

def features(images):
    return images.reshape(len(images), -1)[:, :64].astype("float32")

def batches(count):
    rng = np.random.default_rng(0)
    for _ in range(0, count, 500):
        yield rng.integers(0, 256, (500, 32, 32, 3), dtype="uint8")

def peak(count, *figures):
    evaluation = Evaluation(batches(count), features, batches(500), figures=figures)
    evaluation.of_images(batches(count))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
some = peak(12_000, "fid")
many = peak(50_000, "fid")
print(many - some, peak(14_000, "fid", "kid", "precision_recall") - many)
"""


@pytest.mark.backend_free
def test_fifty_thousand_images_are_measured_in_bounded_memory():
    """Of a new process, for its peak would hold that of other tests."""
    run = subprocess.run(
        [sys.executable, "-c", MEMORY],
        cwd=Path(kerasgan.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    more, pairs = map(float, run.stdout.split())
    assert more < 60  # MB: what depends on the count, no images
    assert pairs < 1500  # all that compares pairs of 10,000


def test_a_keras_model_gets_images_in_its_range():
    inputs = keras.Input((16, 16, 3))
    pooled = keras.layers.GlobalMaxPooling2D()(inputs)
    network = extractor(keras.Model(inputs, pooled, name="maxima"), batch_size=7)
    found = network(np.full((20, 16, 16, 3), 255, "uint8"))
    np.testing.assert_array_equal(found["pool"], np.ones((20, 3)))
    assert network.suffix == "_maxima"
    assert len(network.protocol["features_sha256"]) == 12


@pytest.mark.backend_free
def test_features_that_are_no_rows_are_refused():
    with pytest.raises(ValueError, match=r"one row of numbers an image, \(5, d\)"):
        extractor(lambda images: images)(photos(5))


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"features": 3}, TypeError, 'must be "inception"'),
        ({"features": "featurs_mnist"}, ValueError, "a classifier's preset"),
        ({"features": "features_mnist"}, ValueError, r"images of shape \(28, 28, 1\)"),
        ({"figures": ("fdi",)}, ValueError, "must be of fid, kid"),
        ({"samples": 9}, ValueError, "`samples` must be"),
        ({"dataset": "mnist"}, TypeError, "kerasgan.data.load"),
        ({"dataset": []}, ValueError, "no image to measure"),
        ({"dataset": np.zeros((9, 16, 16, 3), "int64")}, TypeError, "uint8"),
        ({"dataset": photos(4)}, ValueError, "at least 10 real images"),
        ({"dataset": photos()[:, ::2]}, ValueError, "must have one shape"),
        ({"dataset": [photos(), photos()[:, ::2]]}, ValueError, "must have one shape"),
        ({"dataset": [{"images": photos()}]}, TypeError, "must be images"),
        ({"dataset": [(photos(), [1, 2])]}, ValueError, r"`labels` must have shape"),
        ({"figures": "fid"}, ValueError, "must be a list"),
        ({"figures": ()}, ValueError, "must be a list"),
        ({"figures": ["class_fid"]}, ValueError, "needs labels of real and generated"),
    ],
)
@pytest.mark.backend_free
def test_unfit_arguments_are_refused(gan, arguments, error, said):
    call = {"dataset": photos(), "features": mean_colours, **FEW} | arguments
    with pytest.raises(error, match=said):
        gan.evaluate_quality(**call)


@pytest.mark.backend_free
def test_fewer_samples_than_dimensions_are_warned_of(gan):
    def many(images):
        return images[:, ::8, ::8].reshape(len(images), -1).astype("float64")

    with pytest.warns(UserWarning, match="Use more than 12"):
        gan.evaluate_quality(photos(), many, samples=10, figures=("fid",))


@pytest.mark.parametrize("wrap", [lambda x: (x,), lambda x: (x, None, None)])
@pytest.mark.backend_free
def test_batches_may_be_as_keras_has_them(wrap):
    plain, wrapped = (
        Evaluation(batches, mean_colours, figures=["fid"]).of_images(photos(40, 1))
        for batches in ([photos()], [wrap(photos())])
    )
    name = "fid_mean_colours"
    assert float(plain[name]) == float(wrapped[name])


@pytest.mark.backend_free
def test_features_of_one_network_have_one_hash(tmp_path):
    metrics.FeatureClassifier((16, 16, 3), width=1).save_to_preset(tmp_path / "tiny")
    first, second = (extractor(str(tmp_path / "tiny")).protocol for _ in range(2))
    assert first == second and len(first["features_sha256"]) == 12


@pytest.mark.backend_free
def test_functions_are_told_apart_by_their_code():
    half, double = (lambda x: x / 2), (lambda x: x * 2)
    digests = [extractor(f).protocol["features_sha256"] for f in (half, double)]
    assert digests[0] != digests[1] and None not in digests
    factor = 3
    assert extractor(lambda x: x * factor).protocol["features_sha256"] is None


@pytest.mark.backend_free
def test_only_the_standard_network_is_called_fid():
    def inception_2015_12_05(images):
        return mean_colours(images)

    assert extractor(inception_2015_12_05).suffix == "_inception_2015_12_05"


@pytest.mark.backend_free
def test_automatic_features_follow_the_name_of_the_data(gan):
    named = data.load(photos(), batch_size=10)
    named.name = "mnist train"
    assert features_for(gan, named) == "features_mnist"


@pytest.mark.backend_free
def test_held_out_images_of_a_file_are_another_file(tmp_path):
    for name, seed in (("a", 0), ("b", 1)):
        np.savez(tmp_path / f"{name}.npz", images=photos(12, seed))
    fields = {"source": str(tmp_path / "a.npz")}
    told = {"title": "Noise", "license": "MIT"}  # which shape nothing
    real, other = real_images(fields | told | {"held_out": str(tmp_path / "b.npz")})
    np.testing.assert_array_equal(other.images, photos(12, 1))
    assert (real.name, other.name) == ("a", "b")
    assert real_images(fields)[1] is None
    with pytest.raises(ValueError, match="Only TensorFlow data sets have splits"):
        real_images(fields | {"split": "test"})
    with pytest.raises(FileNotFoundError):
        real_images(fields | {"held_out": "test"})


@pytest.mark.backend_free
def test_a_generator_that_diverged_is_not_measured():
    gan = checks.tiny("dcgan")
    weights = [np.full_like(w, np.nan) for w in gan.generator_ema.get_weights()]
    gan.generator_ema.set_weights(weights)
    with pytest.raises(kerasgan.errors.TrainingDivergedError, match="NaN"):
        gan.evaluate_quality(photos(), mean_colours, **FEW)


@pytest.mark.backend_free
def test_automatic_features_are_those_the_recipe_names(gan, monkeypatch):
    monkeypatch.setitem(gan.origin, "recipe", {"evaluation": {"features": "mine"}})
    assert features_for(gan, photos()) == "mine"


@pytest.mark.backend_free
def test_automatic_features_without_any_say_what_to_do(gan, monkeypatch, tmp_path):
    monkeypatch.setenv("KERASGAN_INCEPTION", str(tmp_path / "none.pth"))
    with pytest.raises(kerasgan.errors.InceptionUnavailableError, match="--features"):
        gan.evaluate_quality(photos())


@pytest.mark.backend_free
def test_neighbours_are_drawn_below_the_images(gan):
    generated = gan.generate(3, seed=0)
    training = np.concatenate([photos(5), generated[::-1]])  # learnt by heart
    picture = nearest_picture(gan, training, count=3)
    expected = kerasgan.images.make_grid(np.concatenate([generated] * 2), columns=3)
    np.testing.assert_array_equal(picture, kerasgan.images.enlarge(expected))


@pytest.mark.backend_free
def test_neighbours_need_all_images_at_once(gan):
    with pytest.raises(TypeError, match="all images at once"):
        nearest_picture(gan, iter([photos()]))


def test_results_of_an_epoch_reach_the_history(tmp_path):
    gan = checks.tiny("dcgan")
    gan.compile()
    evaluate = callbacks.EvaluateQuality(photos(), mean_colours, every=2, samples=20)
    keep = callbacks.KeepBest(tmp_path / "best", "fid_mean_colours")
    options = {"batch_size": 20, "verbose": 0, "callbacks": [evaluate, keep]}
    history = gan.fit(photos(), epochs=3, **options).history
    values = history["fid_mean_colours"]
    assert len(values) == 2  # epoch 2, and the last
    assert keep.best == min(values)
    best = kerasgan.from_preset(tmp_path / "best")
    found = evaluate.evaluation.of_gan(best)["fid_mean_colours"]
    assert float(found) == pytest.approx(keep.best, rel=1e-6)


def test_results_of_an_epoch_are_tensorboards_scalars(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    gan = checks.tiny("dcgan")
    gan.compile()
    evaluate = callbacks.EvaluateQuality(photos(), mean_colours, samples=20)
    board = keras.callbacks.TensorBoard(tmp_path / "logs")
    options = {"batch_size": 20, "verbose": 0, "callbacks": [evaluate, board]}
    history = gan.fit(photos(), epochs=2, **options).history
    events = EventAccumulator(
        str(tmp_path / "logs/train"), size_guidance={"tensors": 0}
    ).Reload()
    name = "epoch_fid_mean_colours"
    shown = [float(make_ndarray(e.tensor_proto)) for e in events.Tensors(name)]
    assert shown == pytest.approx(history["fid_mean_colours"], rel=1e-5)


def test_keep_best_does_not_change_the_training(tmp_path):
    def trained(*extra):
        gan = checks.tiny("dcgan")
        gan.compile()
        gan.fit(photos(), epochs=2, batch_size=20, verbose=0, callbacks=extra)
        return checks.snapshot(gan)

    evaluate = callbacks.EvaluateQuality(photos(), mean_colours, samples=20)
    keep = callbacks.KeepBest(tmp_path / "best", "fid_mean_colours")
    assert checks.same(trained(), trained(evaluate, keep))


@pytest.fixture
def kept(tmp_path):
    """Fits a tiny GAN with callbacks and, after them, a `KeepBest` of that name."""

    def run(monitor, *before, epochs=1):
        gan = checks.tiny("dcgan")
        gan.compile()
        keep = callbacks.KeepBest(tmp_path / "best", monitor)
        options = {"batch_size": 20, "verbose": 0, "callbacks": [*before, keep]}
        gan.fit(photos(), epochs=epochs, **options)

    return run


@pytest.mark.backend_free
def test_keep_best_refuses_at_once_what_nothing_measures(kept, tmp_path):
    with pytest.raises(ValueError, match="'fid'.* an EvaluateQuality before it"):
        kept("fid")
    evaluate = callbacks.EvaluateQuality(photos(), mean_colours, samples=20)
    near = "fid_mean_colours. Received: .*Did you mean 'fid_mean_colours'"
    with pytest.raises(ValueError, match=near):
        kept("fid_mean_colors", evaluate)
    assert evaluate.results == {} and not (tmp_path / "best").exists()


@pytest.mark.backend_free
@pytest.mark.parametrize("monitor", ["g_loss", "diversity"])
def test_keep_best_takes_losses_and_diversity(kept, monitor, tmp_path):
    kept(monitor, callbacks.CollapseMonitor(count=4, share=0.01))
    assert (tmp_path / "best" / "config.json").exists()


class Mine(keras.callbacks.Callback):
    """A user's own figure."""

    def on_epoch_end(self, epoch, logs=None):
        logs |= {"fid_mine": 1.0} if epoch else {}


@pytest.mark.backend_free
def test_keep_best_tells_a_missing_name_in_the_first_epoch_that_has_figures(kept):
    with pytest.warns(UserWarning) as caught:
        kept("fid_min", Mine(), epochs=3)
    said = [str(warning.message) for warning in caught]
    first, last = [text for text in said if text.startswith("KeepBest")]
    assert "hold fid_mine: it keeps nothing. Did you mean 'fid_mine'?" in first
    assert "kept nothing" in last and "EvaluateQuality before it" in last


@pytest.mark.backend_free
def test_keep_best_takes_the_figure_of_a_users_own_callback(kept, tmp_path):
    kept("fid_mine", Mine(), epochs=2)
    assert (tmp_path / "best" / "config.json").exists()


@pytest.mark.backend_free
def test_keep_best_refuses_an_unknown_mode(tmp_path):
    with pytest.raises(ValueError, match='"min" or "max"'):
        callbacks.KeepBest(tmp_path, "fid", mode="lowest")


def test_a_file_in_the_best_presets_place_is_told_before_the_training(tmp_path):
    (tmp_path / "best").write_text("mine")
    with pytest.raises(FileExistsError, match="is a file"):
        callbacks.KeepBest(tmp_path / "best", "fid")


def test_memorisation_is_refused_at_once_without_held_out_images():
    with pytest.raises(ValueError, match="Pass `held_out`"):
        callbacks.EvaluateQuality(photos(), mean_colours, figures=["memorisation"])


def test_the_data_themselves_are_no_held_out_images():
    with pytest.raises(ValueError, match="must be other images than the data"):
        Evaluation(photos(), mean_colours, photos())


def test_an_evaluation_of_a_sampler_needs_no_discriminator(gan, tmp_path):
    gan.save_to_preset(tmp_path / "saved")
    sampler = kerasgan.from_preset(tmp_path / "saved", networks="sampler")
    found = sampler.evaluate_quality(photos(), mean_colours, **FEW)
    assert found["fid_mean_colours"].value > 0
