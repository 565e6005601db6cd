"""Real images: those of a recipe, and all forms of datasets."""

import itertools

import keras
import numpy as np
import pytest

import kerasgan
from kerasgan import data
from kerasgan.evaluation import Evaluation, real_data, real_images
from tests.evaluation.helpers import FEW, PerfectGAN, mean_colors, photos

pytestmark = pytest.mark.backend_free


def test_held_out_images_of_a_file_are_another_file(tmp_path):
    for name, seed in (("a", 0), ("b", 1)):
        np.savez(tmp_path / f"{name}.npz", images=photos(12, seed))
    fields = {"source": str(tmp_path / "a.npz")}
    card = {"title": "Noise", "license": "MIT"}  # which reading ignores
    real, other = real_images(fields | card | {"held_out": str(tmp_path / "b.npz")})
    np.testing.assert_array_equal(other.images, photos(12, 1))
    assert (real.name, other.name) == ("a", "b")
    assert real_images(fields)[1] is None
    with pytest.raises(ValueError, match="Only TFDS datasets have splits"):
        real_images(fields | {"split": "test"})
    with pytest.raises(FileNotFoundError):
        real_images(fields | {"held_out": "test"})


def test_all_sources_of_the_same_images_give_one_result():
    images, gan = photos(48), PerfectGAN(photos())
    dataset = data.load(images, batch_size=16, shuffle=False)
    floats = kerasgan.images.from_uint8(images)
    sources = images, floats, dataset, [images[:30], images[30:]], dataset
    values = [
        Evaluation(source, mean_colors, photos(9, 1), **FEW).of_gan(gan)
        for source in sources
    ]
    first, *others = (float(v["fid_mean_colors"]) for v in values)
    np.testing.assert_allclose(others, first, rtol=1e-12)


@pytest.mark.parametrize("wrap", [lambda x: (x,), lambda x: (x, None, None)])
def test_batches_may_have_the_forms_of_keras(wrap):
    plain, wrapped = (
        Evaluation(batches, mean_colors, metrics=["fid"]).of_images(photos(40, 1))
        for batches in ([photos()], [wrap(photos())])
    )
    name = "fid_mean_colors"
    assert float(plain[name]) == float(wrapped[name])


@pytest.mark.parametrize(
    ("dataset", "error", "message"),
    [
        ("mnist", TypeError, "kerasgan.data.load"),
        ([], ValueError, "no image to measure"),
        (np.zeros((9, 16, 16, 3), "int64"), TypeError, "uint8"),
        (photos(4), ValueError, "at least 10 real images"),
        ([photos(), photos()[:, ::2]], ValueError, "must have one shape"),
        ([{"images": photos()}], ValueError, "must have 'image'"),
        ([([photos()],)], TypeError, "must be images.*list"),
        (list(photos()), ValueError, r"batches.*\(16, 16, 3\).*batch\(64\)"),
        ([(photos(), [1, 2])], ValueError, r"`labels` must have shape"),
    ],
)
def test_invalid_datasets_are_refused(dataset, error, message):
    with pytest.raises(error, match=message):
        Evaluation(dataset, mean_colors, **FEW)


def fid(dataset):
    """The distance of another set of photos to a dataset."""
    evaluation = Evaluation(dataset, mean_colors, metrics=["fid"])
    return float(evaluation.of_images(photos(40, 1))["fid_mean_colors"])


class Served(keras.utils.PyDataset):
    """A user's dataset, whose attributes are not what it serves."""

    labels = class_names = None
    images, name = photos(60, 5), 3

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return (photos()[30 * index :][:30],)


class Flipped(data.ImageDataset):
    """A dataset that changes the images of its base class."""

    def __getitem__(self, index):
        return tuple(part[:, ::-1] for part in super().__getitem__(index))


def test_a_dataset_is_measured_by_what_it_serves():
    assert fid(Served()) == pytest.approx(fid([photos()]))
    flipped = Flipped(photos(), batch_size=60, shuffle=False)
    assert fid(flipped) == pytest.approx(fid([photos()[:, ::-1]]))


def test_dictionaries_of_images_and_labels_are_taken():
    batches = [{"image": photos(), "label": np.arange(60) % 3}]
    assert fid(batches) == fid([photos()])
    evaluation = Evaluation(batches, mean_colors, **FEW)
    assert evaluation.reference.label_counts.tolist() == [20, 20, 20]


class Endless(Served):
    """Keras's form of an infinite dataset."""

    num_batches = None


def test_endless_datasets_are_refused(monkeypatch):
    monkeypatch.setattr(real_data, "MOST", 100)
    forever = itertools.cycle([photos(50)])
    message = "needs a dataset that ends, of at most 100 images.*{}.*take"
    with pytest.raises(ValueError, match=message.format("more than 100 images")):
        Evaluation(forever, mean_colors)
    with pytest.raises(ValueError, match=message.format("without an end, from a End")):
        Evaluation(Endless(), mean_colors)
    tf = pytest.importorskip("tensorflow")
    dataset = tf.data.Dataset.from_tensor_slices(photos()).batch(10)
    with pytest.raises(ValueError, match=message.format("without an end.*Dataset")):
        Evaluation(photos(), mean_colors, dataset.repeat())
    assert fid(dataset) == pytest.approx(fid([photos()]))
