"""Datasets in `fit`: on each backend, to their end, and their first batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan import backend
from kerasgan.data import ImageDataset
from tests.support import checks, parity

try:
    import torch
except ImportError:  # README installs TensorFlow alone
    torch = None

# Keras warns at the end of every dataset whose length it cannot know.
pytestmark = pytest.mark.filterwarnings("ignore:Your input ran out of data")


class Recorded(ImageDataset):
    """Remembers which images it gave in which epoch."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.given = set()

    def __getitem__(self, index):
        batch = super().__getitem__(index)
        shades = np.rint((batch[0][:, 0, 0, 0] + 1) * 127.5).astype(int)
        self.given.add((self.epoch, tuple(shades)))
        return batch


def recorded():
    shades = np.arange(8, dtype="uint8")[:, None, None, None]
    return Recorded(np.broadcast_to(shades, (8, 16, 16, 1)), batch_size=4)


def test_fit_takes_every_batch_in_the_datasets_order():
    expected, dataset = recorded(), recorded()
    for expected.epoch in range(2):
        list(expected)
    gan = checks.tiny("vanilla_gan", image_shape=(16, 16, 1))
    gan.compile(run_eagerly=checks.EAGER)
    history = gan.fit(dataset, epochs=2, verbose=0)
    assert int(gan.step) == 4 and len(history.history["d_loss"]) == 2
    assert dataset.given == expected.given and len(dataset.given) == 4
    assert dataset.epoch == 2


def test_data_that_end_early_leave_no_phantom_update():
    """Six batches where `fit` asks for eight, four in each execution."""
    steps = 4 if "steps_per_execution" in backend.SUPPORTS else 1
    gan, expected = parity.wave_gan(), parity.wave_gan()
    for model, options in ((gan, {"steps_per_execution": steps}), (expected, {})):
        parity.fix_weights(model)
        model.compile(**options)
    batches = [parity.WAVES[4 * i : 4 * i + 4] for i in range(6)]
    gan.fit(((b,) for b in batches), steps_per_epoch=8, verbose=0)
    expected.fit(((b,) for b in batches), steps_per_epoch=6, verbose=0)
    assert int(gan.step) == 6 and int(gan.optimizer.iterations) == 6
    for one, other in zip(gan.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def unknown_length(images, size=16):
    """`tf.data` that cannot tell how many batches it has."""
    return tf.data.Dataset.from_generator(
        lambda: (images[i : i + size] for i in range(0, len(images), size)),
        output_signature=tf.TensorSpec((None, 16, 16, 3)),
    )


def test_data_of_unknown_length_leave_no_phantom_update():
    """The generator plays at every fifth batch; the tenth is the end of the data."""
    gan = checks.tiny("wgan_gp")
    gan.compile()
    images = checks.pictures(64)
    history = gan.fit(unknown_length(images), epochs=5, verbose=0).history
    assert gan.updates == 20 and int(gan.optimizer.iterations) == 20
    assert int(gan.optimizer.parts["generator"].iterations) == 4
    again = checks.tiny("wgan_gp")
    again.compile()
    known = again.fit(images, batch_size=16, epochs=5, shuffle=False, verbose=0)
    for name in history:
        np.testing.assert_allclose(history[name], known.history[name], rtol=1e-4)


def test_an_evaluation_of_unknown_length_has_no_phantom_batch():
    gan = checks.tiny("dcgan")
    gan.compile()
    images = checks.pictures(64)
    dataset = (
        tf.data.Dataset.from_tensor_slices(images).batch(16).filter(lambda x: True)
    )
    losses = gan.evaluate(dataset, verbose=0, return_dict=True)
    expected = gan.evaluate(images, batch_size=16, verbose=0, return_dict=True)
    assert gan.trackers["d_loss"].count == 4
    for name, loss in losses.items():
        np.testing.assert_allclose(loss, expected[name], rtol=1e-4)


# Batches of other kinds than tuples.

IMAGES, LABELS = checks.pictures(8), np.arange(8, dtype="int32") % 3


def rows(*parts):
    """A generator of two batches of four."""
    for i in (0, 4):
        batch = tuple(part[i : i + 4] for part in parts)
        yield batch if len(batch) > 1 else batch[0]


class Bare(keras.utils.PyDataset):
    """Two batches of four: images alone, or a dictionary."""

    def __init__(self, labels):
        super().__init__()
        self.labels = labels

    def __len__(self):
        return 2

    def __getitem__(self, index):
        part = slice(4 * index, 4 * index + 4)
        if not self.labels:
            return IMAGES[part]
        return {"image": IMAGES[part], "label": LABELS[part], "name": "ignored"}


class Items(torch.utils.data.Dataset if torch else object):
    """Eight items, each an image or a dictionary."""

    def __init__(self, labels):
        self.labels = labels

    def __len__(self):
        return 8

    def __getitem__(self, index):
        image = IMAGES[index]
        return {"image": image, "label": LABELS[index]} if self.labels else image


def dataset_of(kind, labels):
    """Eight images in batches of four, as users have them."""
    if kind == "generator":
        if labels:
            return ({"image": x, "label": y} for x, y in rows(IMAGES, LABELS))
        return rows(IMAGES)
    if kind == "tf.data":
        parts = {"image": IMAGES, "label": LABELS, "name": ["a"] * 8}
        return tf.data.Dataset.from_tensor_slices(parts if labels else IMAGES).batch(4)
    if kind == "PyDataset":
        return Bare(labels)
    return torch.utils.data.DataLoader(Items(labels), batch_size=4)


@pytest.mark.parametrize("labels", [False, True], ids=["bare", "dictionaries"])
@pytest.mark.parametrize("kind", ["generator", "tf.data", "PyDataset", "DataLoader"])
def test_batches_of_every_kind_train_alike(kind, labels):
    if kind == "DataLoader" and torch is None:
        pytest.skip("needs torch")
    given = (IMAGES, LABELS) if labels else (IMAGES,)
    losses = []
    for data, options in (
        (given, {"batch_size": 4}),
        ((dataset_of(kind, labels),), {}),
    ):
        gan = checks.tiny("cgan" if labels else "vanilla_gan")
        gan.compile(run_eagerly=checks.EAGER)
        history = gan.fit(*data, verbose=0, shuffle=False, **options).history
        assert gan.updates == 2
        losses.append(history["d_loss"])
    np.testing.assert_allclose(*losses, rtol=1e-5)


@pytest.mark.parametrize(
    ("dataset", "error", "message"),
    [
        (lambda: (n for n in ()), ValueError, "must have a batch"),
        (lambda: (x for x in IMAGES), ValueError, r"not in batches.*batch\(64\)"),
        (lambda: ({"x": IMAGES} for _ in "a"), ValueError, "the keys 'x'"),
        (lambda: [IMAGES], TypeError, "Received: list"),
        (lambda: ((IMAGES, LABELS, LABELS) for _ in "a"), ValueError, "three parts"),
        (
            lambda: (IMAGES.transpose(0, 3, 1, 2) for _ in "a"),
            ValueError,
            "channels la",
        ),
    ],
    ids=["empty", "unbatched", "keys", "list", "weights", "channels first"],
)
def test_other_data_are_refused_in_a_sentence(dataset, error, message):
    gan = checks.tiny("vanilla_gan")
    gan.compile()
    with pytest.raises(error, match=message) as caught:
        gan.fit(dataset(), verbose=0)
    assert len(str(caught.value)) < 400


# Batches after the first.

LATER = {
    "labels": (IMAGES[4:], LABELS[4:] + 1, r"`labels` must .*\[0, 2\].* from 0 to 3"),
    "uint8 labels": (IMAGES[4:], LABELS[4:].astype("uint8") + 8, "`labels` must .*10"),
    "range": (IMAGES[4:] * 127.5 + 127.5, LABELS[4:], r"`x` must .*\[-1, 1\].* to 25"),
    "NaN": (IMAGES[4:] * np.nan, LABELS[4:], "`x` must be finite.*NaN"),
}


@pytest.mark.parametrize("method", ["fit", "evaluate"])
@pytest.mark.parametrize("case", LATER)
def test_a_later_batch_is_checked(case, method):
    *later, message = LATER[case]
    gan = checks.tiny("cgan")
    gan.compile(run_eagerly=checks.EAGER)
    batches = [(IMAGES[:4], LABELS[:4]), tuple(later)]
    with pytest.raises(ValueError, match=message):
        getattr(gan, method)((b for b in batches), verbose=0)
    if (case, method) != ("NaN", "fit"):  # it is forgotten
        getattr(gan, method)((b for b in batches[:1]), verbose=0)


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch"])
def test_single_batches_are_checked(method):
    gan = checks.tiny("cgan")
    gan.compile(run_eagerly=checks.EAGER)
    call = getattr(gan, method)
    with pytest.raises(ValueError, match=r"`labels` must lie in \[0, 2\]"):
        call(IMAGES, LABELS + 1)
    with pytest.raises(ValueError, match=r"must lie in \[-1, 1\]"):
        call(IMAGES * 127.5, LABELS)
    with pytest.raises(ValueError, match="`sample_weight`"):
        call(IMAGES, LABELS, sample_weight=np.ones(8))
    with pytest.raises(TypeError, match="one batch"):
        call(rows(IMAGES, LABELS))
    assert np.isfinite(call(IMAGES, LABELS, return_dict=True)["d_loss"])


def test_another_dataset_with_labels_is_not_taken_for_ours():
    class Mine(Bare):
        labels, class_names, images = LABELS * 0, ["a", "b", "c"], IMAGES * 9

        def __init__(self):
            keras.utils.PyDataset.__init__(self)

        def __getitem__(self, index):
            return IMAGES[:4], LABELS[:4]

    gan = checks.tiny("cgan")
    gan.compile(run_eagerly=checks.EAGER)
    gan.fit(Mine(), verbose=0)
    assert gan.condition.shares is None and gan.condition.class_names is None


@pytest.mark.parametrize(
    ("method", "option"),
    [("fit", "steps_per_epoch"), ("fit", "validation_steps"), ("evaluate", "steps")],
)
def test_datasets_without_an_end_need_a_number_of_steps(method, option):
    gan = checks.tiny("vanilla_gan")
    gan.compile()
    endless = tf.data.Dataset.from_tensor_slices(IMAGES).batch(4).repeat()
    arguments = (IMAGES,) if option == "validation_steps" else (endless,)
    options = {"validation_data": endless} if option == "validation_steps" else {}
    with pytest.raises(ValueError, match=f"needs `{option}`"):
        getattr(gan, method)(*arguments, **options)


def test_a_refused_batch_does_not_explain_a_later_error():
    class Fails(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            raise RuntimeError("another reason")

    gan = checks.tiny("cgan")
    gan.compile(run_eagerly=checks.EAGER)
    batches = [(IMAGES[:4], LABELS[:4]), (IMAGES[4:], LABELS[4:] + 1)]
    with pytest.raises(ValueError, match="`labels` must"):
        gan.fit((batch for batch in batches), verbose=0)
    with pytest.raises(RuntimeError, match="another reason"):
        gan.fit(IMAGES, LABELS, batch_size=4, callbacks=[Fails()], verbose=0)
