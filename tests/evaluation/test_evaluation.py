"""Evaluations: the same values as from all features at once, real scores, protocols."""

import functools
import hashlib
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import kerasgan
from kerasgan import data, metrics
from kerasgan.evaluation import Evaluation, Extractor, evaluate_quality, extractor
from kerasgan.evaluation import evaluation as module
from kerasgan.evaluation.quality import Collected, names_of
from kerasgan.models.feature_classifier import FeatureClassifier
from tests.evaluation.helpers import FEW, PerfectGAN, mean_colors, photos
from tests.support import checks

pytestmark = pytest.mark.backend_free

FID = "fid_mean_colors"


@pytest.fixture(scope="module")
def stub():
    """A stub of a GAN, which needs no network."""
    return PerfectGAN(photos(50, 7))


def test_a_frechet_distance_is_that_of_the_features():
    real, new, fake = photos(50), photos(30, 1), photos(40, 2)
    result = Evaluation(real, mean_colors, new, **FEW).of_images(fake)[FID]
    expected = metrics.frechet_distance(mean_colors(real), mean_colors(fake))
    real_score = metrics.frechet_distance(mean_colors(real), mean_colors(new))
    assert float(result) == pytest.approx(expected, rel=1e-12)
    assert result.real_score == pytest.approx(real_score, rel=1e-12)


def test_the_protocol_says_how_a_value_was_measured(stub):
    results = evaluate_quality(stub, photos(), mean_colors, photos(20, 1), **FEW)
    assert results[FID].protocol == {
        "features": "mean_colors",
        "features_sha256": extractor(mean_colors).protocol["features_sha256"],
        "resize": "none",
        "reference_sha256": hashlib.sha256(photos().tobytes()).hexdigest()[:12],
        "reference_count": 60,
        "generated_count": 40,
        "held_out_count": 20,
        "reference": "ndarray",
        "seed": 2,
        "held_out": "ndarray",
        "moving_average": True,
    }


def test_by_default_every_fifth_image_is_held_out(stub):
    images = photos(50)
    held_out = np.arange(50) % 5 == 4
    split = Evaluation(images, mean_colors, **FEW)
    given = Evaluation(images[~held_out], mean_colors, images[held_out], **FEW)
    a, b = (e.of_gan(stub)[FID] for e in (split, given))
    assert (a.value, a.real_score) == (b.value, b.real_score)


def test_an_evaluation_does_not_change_the_gan(gan):
    before = checks.snapshot(gan)
    gan.evaluate_quality(photos(), mean_colors, **FEW)
    assert checks.same(before, checks.snapshot(gan))


def test_an_evaluation_measures_what_a_preset_stores(gan, tmp_path):
    with gan.average_kept():
        gan.refresh_statistics()
        expected = gan.generate(4, seed=0)
    gan.save_to_preset(tmp_path / "saved")
    again = kerasgan.from_preset(tmp_path / "saved")
    np.testing.assert_array_equal(again.generate(4, seed=0), expected)


def test_kept_rows_are_drawn_uniformly():
    images = np.arange(1000, dtype="uint16").reshape(100, 10)
    mean = np.mean(
        [
            Collected(images, lambda x: {"pool": x[:, None]}, 50, seed).rows["pool"]
            for seed in range(200)
        ]
    )
    assert mean == pytest.approx(499.5, abs=6)  # 2 standard deviations


def test_a_small_set_is_kept_completely():
    batches = [np.arange(7), np.arange(7, 9)]
    collected = Collected(batches, lambda x: {"pool": x[:, None]})
    np.testing.assert_array_equal(collected.rows["pool"][:, 0], np.arange(9))


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return FeatureClassifier((16, 16, 3), num_classes=4, width=2)


def test_all_metrics_of_a_classifier_have_its_name(gan, classifier):
    options = {"num_samples": 40, "progress": True}
    results = gan.evaluate_quality(photos(), classifier, photos(40, 1), **options)
    names = "fid kid precision recall density coverage inception_score".split()
    names += ["class_share_error", "memorization"]
    assert list(results) == [f"{name}_feature_classifier" for name in names]
    assert set(names) <= set(names_of(None))
    scored = {name for name, r in results.items() if r.real_score is not None}
    assert results.keys() - scored == {"memorization_feature_classifier"}
    shares = results["class_share_error_feature_classifier"].details["relative_shares"]
    assert len(shares) == 4


def test_conditional_gans_are_measured_by_class():
    gan = checks.tiny("cgan")
    classifier = FeatureClassifier(gan.image_shape, num_classes=3, width=1)
    images, labels = photos(), np.repeat([0, 1, 2], [30, 18, 12])
    dataset = data.load((images, labels), labels=True, batch_size=10)
    wanted = ("class_accuracy", "class_fid")
    options = {"num_samples": 40, "metrics": wanted, "seed": 0}
    held_out = data.load((255 - images, labels), labels=True, batch_size=10)
    results = gan.evaluate_quality(dataset, classifier, held_out, **options)
    assert list(results) == [f"{name}_feature_classifier" for name in wanted]
    drawn = gan.condition.measured(40, [0.5, 0.3, 0.2])["labels"]
    assert np.bincount(drawn).tolist() == [20, 12, 8]
    with gan.average_kept():
        gan.refresh_statistics()
        images = gan.generate(40, seed=0, labels=drawn)
    answers = classifier.classify(images)
    expected = (answers == drawn).mean()
    result = results["class_accuracy_feature_classifier"]
    assert float(result) == pytest.approx(expected)
    assert result.protocol["labels"] == "in the reference's shares"


def test_results_do_not_depend_on_the_batch_size(gan, classifier):
    values = [
        Evaluation(photos(), extractor(classifier, size), photos(20, 1), **FEW)
        .of_gan(gan, batch_size=size)["fid_feature_classifier"]
        .value
        for size in (3, 64)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


@pytest.mark.parametrize(("copied", "expected"), [(True, 0.0), (False, 1.0)])
def test_memorization_compares_all_training_images(copied, expected):
    real = photos(400)

    def pixels(images):
        return images.reshape(len(images), -1) / 255.0

    evaluation = Evaluation(real, pixels, photos(40, 1), metrics=["memorization"])
    evaluation.reference.rows["pool"] = evaluation.reference.rows["pool"][:5]
    generated = real[-40:] if copied else photos(40, 2)
    result = evaluation.of_images(generated)["memorization_pixels"]
    assert float(result) == pytest.approx(expected, abs=0.15)
    assert result.real_score is None


def test_memorization_needs_held_out_images(stub):
    results = evaluate_quality(stub, photos(), mean_colors, num_samples=20)
    assert FID in results and "memorization_mean_colors" not in results
    with pytest.raises(ValueError, match="`memorization` needs images"):
        evaluate_quality(stub, photos(), mean_colors, metrics=["memorization"])


def test_metrics_of_pairs_say_how_many_rows_they_used(monkeypatch):
    collected = functools.partial(Collected, kept=30)
    monkeypatch.setattr(module, "Collected", collected)
    names = ["fid", "precision_recall"]
    evaluation = Evaluation(photos(50), mean_colors, photos(40, 1), metrics=names)
    results = evaluation.of_images(photos(35, 2))
    protocol = results["precision_mean_colors"].protocol
    assert (protocol["reference_rows"], protocol["generated_rows"]) == (30, 30)
    assert (protocol["reference_count"], protocol["generated_count"]) == (50, 35)
    assert "reference_rows" not in results[FID].protocol


def test_shares_of_classes_are_those_of_all_images():
    def brightness(images):  # two classes, dark and light, and an empty one
        light = images.mean(axis=(1, 2, 3)) > 127
        logits = np.stack([~light, light, 0 * light], axis=1).astype("float32")
        return {"pool": logits, "logits": logits}

    def shades(dark, light):
        return np.repeat(np.uint8([0, 255]), [dark, light])[:, None, None, None]

    network = Extractor(brightness, "brightness", num_classes=2)
    evaluation = Evaluation(
        shades(15_000, 5_000), network, shades(10, 10), metrics=["class_shares"]
    )
    results = evaluation.of_images(shades(12_000, 8_000))
    result = results["class_share_error_brightness"]
    assert result.details == {"relative_shares": [0.8, 1.6, None], "outside": 0.0}
    assert float(result) == pytest.approx(0.6)
    assert result.real_score == pytest.approx(1.0)


def test_a_class_of_one_image_has_no_class_fid():
    def network(images):
        return {"pool": images.reshape(len(images), -1)[:, :2]}

    labels = np.array([0] * 30 + [1] * 29 + [2])
    real = [(photos(), labels)]
    evaluation = Evaluation(real, Extractor(network, "n"), metrics=["class_fid"])
    result = evaluation.of_images([(photos(seed=1), labels)])["class_fid_n"]
    assert result.details["by_class"][2] is None and np.isfinite(float(result))


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

def peak(count, *metrics):
    evaluation = Evaluation(batches(count), features, batches(500), metrics=metrics)
    evaluation.of_images(batches(count))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

first = peak(11_000, "fid")
print(peak(int(sys.argv[1]), *sys.argv[2:]) - first)
"""


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        (["31000", "fid"], 40),  # MB; 20,000 more images are 61 MB
        pytest.param(
            ["14000", "kid", "precision_recall"],
            1500,
            marks=[pytest.mark.matrix, pytest.mark.backend_free],
        ),
    ],
    ids=["images", "pairs"],
)
def test_an_evaluation_needs_bounded_memory(arguments, most):
    """In a new process, whose peak does not include that of other tests."""
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, *arguments],
        cwd=Path(kerasgan.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(run.stdout) < most


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metrics": ("fdi",)}, "must be some of fid, kid.*Did you mean 'fid'"),
        ({"metrics": "fid"}, "must be a list"),
        ({"metrics": ()}, "must be a list"),
        ({"metrics": ["class_fid"]}, "needs labels of real and generated"),
        ({"num_samples": 9}, "`num_samples` must be"),
        ({"seed": -1}, "`seed` must be"),
        ({"dataset": photos(seed=3)[:, ::2]}, "must have one shape"),
    ],
)
def test_invalid_arguments_are_refused(stub, arguments, message):
    call = {"dataset": photos(), "features": mean_colors, **FEW} | arguments
    with pytest.raises(ValueError, match=message):
        evaluate_quality(stub, **call)


def test_progress_in_a_notebook_needs_no_widgets(stub, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipykernel", True)
    monkeypatch.setattr("kerasgan.data.progress.INTERVAL", 0)
    evaluate_quality(stub, photos(), mean_colors, progress=True, **FEW)
    shown = capsys.readouterr()
    assert "real images: 48" in shown.err and "generated images: 40" in shown.err
    assert shown.err.endswith(" \r") and shown.out == ""


def test_a_misspelled_keyword_is_refused(stub):
    with pytest.raises(TypeError, match="`evaluate_quality` takes .*'metrics'"):
        evaluate_quality(stub, photos(), mean_colors, metric=["fid"])


def test_fewer_samples_than_dimensions_give_a_warning(stub):
    def many(images):
        return images[:, ::8, ::8].reshape(len(images), -1).astype("float64")

    with pytest.warns(UserWarning, match="Use more than 12"):
        evaluate_quality(stub, photos(), many, num_samples=10, metrics=("fid",))


def test_the_data_cannot_be_its_own_held_out_images():
    with pytest.raises(ValueError, match="must differ from the data"):
        Evaluation(photos(), mean_colors, photos())


def test_a_diverged_generator_is_not_measured():
    gan = checks.tiny("dcgan")
    weights = [np.full_like(w, np.nan) for w in gan.generator_ema.get_weights()]
    gan.generator_ema.set_weights(weights)
    with pytest.raises(kerasgan.errors.TrainingDivergedError, match="NaN"):
        gan.evaluate_quality(photos(), mean_colors, **FEW)


def test_an_evaluation_needs_no_discriminator(gan, tmp_path):
    gan.save_to_preset(tmp_path / "saved")
    sampler = kerasgan.from_preset(tmp_path / "saved", networks="sampler")
    results = sampler.evaluate_quality(photos(), mean_colors, **FEW)
    assert results[FID].value > 0
