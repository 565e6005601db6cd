"""How good are a GAN's images: the same real images and features for every measuring.

`GAN.evaluate_quality`, the callbacks, the command line and the benchmark use it.
"""

import contextlib
import functools
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from kerasgan import data, checks
from kerasgan.presets import catalog
from kerasgan import images as pictures
from kerasgan.errors import InceptionUnavailableError
from kerasgan.evaluation.extractors import INCEPTION, extractor
from kerasgan.metrics.neighbours import nearest_neighbours
from kerasgan.evaluation.quality import Collected, check_figures, values_of
from kerasgan.evaluation.result import Result
from kerasgan.presets.schemas import to_read

CHUNK = 500  # images at a time
HELD_OUT = 5  # of data without held-out images, one in so many is held out


class Evaluation:
    """Measures generated images against real ones.

    Args:
        dataset: Real images, usually those trained on: an array (N, H, W, C), uint8 or
            floats in [-1, 1], a dataset of `kerasgan.data.load`, or an iterable of
            batches, images or (images, labels).
        features: As in `metrics.extractor`.
        held_out: Real images that were not trained on, for the floor and to tell
            memorisation by. Where not given, every fifth image of an array or a
            `kerasgan.data` dataset serves for the floor; an iterable gives none.
        samples: Images to generate.
        seed: Seed of their latents, and of all drawing in the metrics.
        figures: Which of `metrics.FIGURES`; all that can be measured by default.
        progress: Whether to show progress bars.

    Example:
        ```python
        evaluation = Evaluation(dataset, "features_mnist", held_out=test)
        results = evaluation.of_gan(gan)
        print(results["fid_features_mnist"])
        ```

    Raises:
        ValueError: If the images do not fit, or a figure is unknown.
        InceptionUnavailableError: If Inception's weights cannot be had.
    """

    def __init__(
        self,
        dataset,
        features,
        held_out=None,
        *,
        samples: int = 10_000,
        seed: int = 0,
        figures: Sequence[str] | None = None,
        progress: bool = False,
    ):
        check_figures(figures, unseen=held_out is not None)
        self.samples = checks.check_count("samples", samples, least=10)
        self.seed = checks.check_count("seed", seed, least=0)
        self.figures, self.progress = figures, progress
        self.extractor = extractor(features)
        self.protocol = {"reference": _name(dataset), "seed": seed}
        self._unseen = held_out is not None
        if held_out is not None:
            self.protocol["held_out"] = _name(held_out)
        elif _in_memory(dataset) is not None:
            dataset, held_out = _split(dataset)
            self.protocol["held_out"] = f"every {HELD_OUT}th of the reference"
        self.reference = self.held_out = None
        self.reference = self._collect(dataset, "real images")
        self.protocol["reference_sha256"] = self.reference.sha256
        if held_out is not None:
            self.held_out = self._collect(held_out, "held-out images")
            if self.held_out.sha256 == self.reference.sha256:
                raise ValueError(
                    "`held_out` must be other images than the data. Received: the "
                    "same. Leave it out, or load another split."
                )

    def of_gan(self, gan, batch_size: int = 128) -> dict[str, Result]:
        """Figures of a GAN's moving average, its batch statistics refreshed.

        The GAN is the same afterwards.

        Args:
            gan: The GAN.
            batch_size: Images generated at once.
        """
        with refreshed(gan):
            images = _generated(gan, self.samples, self.seed, batch_size)
            protocol = {"moving_average": gan.ema_decay > 0}
            return self.of_images(images, **protocol)

    def of_images(self, images, **protocol) -> dict[str, Result]:
        """Figures of generated images.

        Args:
            images: As `dataset` of the class.
            **protocol: What else the results' protocol has to say of them.
        """
        generated = self._collect(images, "generated images")
        protocol = self.extractor.protocol | self._counts | self.protocol | protocol
        protocol["generated_count"] = generated.count
        found = {}
        for name, (value, settings, details) in self._values(generated).items():
            full, said = name + self.extractor.suffix, {**protocol, **settings}
            floor = self._floors.get(name)
            found[full] = Result(full, value, said, floor, details)
        return found

    @property
    def _counts(self):
        sets = {"reference": self.reference, "held_out": self.held_out}
        return {f"{n}_count": s.count for n, s in sets.items() if s is not None}

    @functools.cached_property
    def _floors(self):
        if self.held_out is None:
            return {}
        with warnings.catch_warnings():  # a result's line says how many there are
            warnings.simplefilter("ignore")
            found = self._values(self.held_out, required=False)
        return {name: value for name, (value, *_) in found.items()}

    def _values(self, other, required=True):
        sets = self.reference, other, self.held_out if self._unseen else None
        return values_of(*sets, self.extractor, self.seed, self.figures, required)

    def _collect(self, dataset, what):
        batches = _batches(dataset)
        if self.progress:
            batches = _shown(batches, what)
        shape = self.reference and self.reference.image_shape
        options = {"seed": self.seed, "image_shape": shape}
        return Collected(batches, self.extractor, **options)


def nearest_picture(gan, dataset, count: int = 16, seed: int = 0) -> np.ndarray:
    """Generated images, each above the training image nearest to it in pixels.

    Args:
        gan: A GAN.
        dataset: The images it was trained on: an array or a `kerasgan.data` dataset.
        count: How many images to generate.
        seed: Seed of their latents.

    Returns:
        A picture, uint8 (H', W', C).

    Raises:
        TypeError: If the images are not all in memory.
    """
    found = _in_memory(dataset)
    if found is None:
        raise TypeError(
            "Nearest neighbours need all images at once: an array or a dataset of "
            f"kerasgan.data.load. Received: {type(dataset).__name__}."
        )
    training = _as_uint8(found[0])
    generated = gan.generate(count, seed=seed)
    indices, _ = nearest_neighbours(training, generated)
    rows = np.concatenate([generated, training[indices]])
    return pictures.enlarge(pictures.make_grid(rows, columns=count))


def features_for(gan, dataset, features="auto"):
    """The features as given, or what "auto" means: the data set's, else Inception's.

    The classifier is the one that the preset's recipe was evaluated with, else the
    bundled one of the data set that it was trained on or is measured against.

    Raises:
        InceptionUnavailableError: If there is neither.
    """
    if not isinstance(features, str) or features != "auto":
        return features
    recipe = gan.origin.get("recipe") or {}
    named = recipe.get("evaluation", {}).get("features")
    if named and not named.startswith("hf://"):  # a recipe makes nobody call the Hub
        return named
    bundled = catalog.list_presets("features")
    name = getattr(dataset, "name", None) or ""  # perhaps with the split
    for source in (recipe.get("data", {}).get("source"), name.split(" ")[0]):
        if f"features_{source}" in bundled:
            return f"features_{source}"
    try:
        return extractor(INCEPTION)
    except (InceptionUnavailableError, ImportError) as error:
        raise InceptionUnavailableError(
            f"No feature network is known for these images. {error} Or pass another: "
            f"features= (--features) takes {', '.join(bundled)}; in Python also a "
            "Keras model or a function."
        ) from error


def real_images(fields: dict, labels: bool = False, **reading):
    """The images that a recipe's `data` name, and the held-out ones or None.

    Args:
        fields: A recipe's `data`; its `held_out` is another split of a TensorFlow data
            set, or of other sources another file or folder.
        labels: Whether to read labels too.
        **reading: `data_dir`, `skip_unreadable` of `kerasgan.data.read`.
    """
    fields = {"split": "train", **to_read(fields)}
    held_out, file = fields.pop("held_out", None), _is_file(fields["source"])
    other = {"source" if file else "split": held_out}
    found: list = []
    for part in (fields, held_out and fields | other):
        if part is None:
            found.append(None)
            continue
        images = data.read(**part, labels=labels, **reading)
        name = images.name if file else f"{images.name} {part['split']}"
        found.append(images._replace(name=name))
    return tuple(found)


def _is_file(source):
    """Whether a source is a file or folder, which have no splits."""
    return Path(source).expanduser().exists()


@contextlib.contextmanager
def refreshed(gan):
    """The moving average with refreshed batch statistics, as a preset has them."""
    with average_kept(gan):
        gan.refresh_statistics()
        yield


@contextlib.contextmanager
def average_kept(gan):
    """Gives the moving average back its weights and statistics at the end."""
    before = gan.generator_ema.get_weights()
    try:
        yield
    finally:
        gan.generator_ema.set_weights(before)


def _generated(gan, count, seed, batch_size) -> Iterator:
    latents = gan.draw_latents(count, np.random.default_rng(seed))
    for start in range(0, count, CHUNK):
        rows = np.arange(start, min(start + CHUNK, count))
        options = {"latents": latents[rows], "batch_size": batch_size}
        if gan.num_classes is None:
            yield gan.generate(**options)
        else:
            labels = (rows % gan.num_classes).astype("int32")
            yield gan.generate(labels=labels, **options), labels


def _in_memory(dataset):
    """Images and labels or None, of an array or one of our datasets; else None."""
    if hasattr(dataset, "images"):
        return dataset.images, dataset.labels
    if hasattr(dataset, "shape"):
        return checks.check_images(dataset), None
    return None


def _batches(dataset) -> Iterator:
    """uint8 images, or (images, labels), in batches."""
    found = _in_memory(dataset)
    if found is not None:
        images, labels = found
        for start in range(0, len(images), CHUNK):
            rows = slice(start, start + CHUNK)
            part = _as_uint8(images[rows])
            yield part if labels is None else (part, labels[rows])
        return
    if not isinstance(dataset, Iterable) or isinstance(dataset, str | dict):
        raise TypeError(
            "Expected an array of images (N, H, W, C), a dataset of "
            "kerasgan.data.load, or an iterable of batches. "
            f"Received: {type(dataset).__name__}."
        )
    for batch in dataset:
        images, labels = _unpacked(batch)
        images = _as_uint8(checks.check_images(images))
        if labels is None:
            yield images
        else:
            yield images, checks.check_labels(labels, len(images))


def _unpacked(batch):
    """Images and labels or None, of a batch as Keras's data sets have them."""
    if not isinstance(batch, tuple | list):
        batch = (batch,)
    if not 1 <= len(batch) <= 3 or isinstance(batch[0], dict | tuple | list):
        raise TypeError(
            "A batch must be images (N, H, W, C), or (images, labels). Received: "
            f"{type(batch[0] if batch else batch).__name__}. Map the dataset to these."
        )
    return batch[0], batch[1] if len(batch) > 1 else None


def _as_uint8(images):
    return images if images.dtype == np.uint8 else pictures.to_uint8(images)


def _split(dataset):
    """All but every fifth image, and every fifth, as iterables of batches.

    Raises:
        ValueError: If there are too few for that.
    """
    images, labels = _in_memory(dataset)
    if len(images) < 2 * HELD_OUT:
        raise ValueError(
            f"Measuring needs at least {2 * HELD_OUT} real images, better thousands. "
            f"Received: {len(images)}."
        )
    held_out = np.arange(len(images)) % HELD_OUT == HELD_OUT - 1

    def part(mask):
        rows = np.flatnonzero(mask)
        for start in range(0, len(rows), CHUNK):
            taken = rows[start : start + CHUNK]
            yield images[taken] if labels is None else (images[taken], labels[taken])

    return part(~held_out), part(held_out)


def _name(dataset):
    return getattr(dataset, "name", type(dataset).__name__)


def _shown(batches, what):
    """The batches, counted on stderr."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, transient=True, console=Console(stderr=True)) as progress:
        task, count = progress.add_task(what), 0
        for batch in batches:
            yield batch
            count += len(batch[0]) if isinstance(batch, tuple) else len(batch)
            progress.update(task, description=f"{what}: {count:,}")
