"""Callbacks for `fit`."""

import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from kerasgan import hub, images
from kerasgan.presets import card, share
from kerasgan.evaluation.evaluation import Evaluation, features_for
from kerasgan.callbacks.keep_best import KeepBest
from kerasgan.metrics.modes import diversity
from kerasgan.evaluation.quality import check_figures, names_of
from kerasgan.presets.folders import Folder
from kerasgan.checks import check_count

__all__ = [
    "CollapseMonitor",
    "EvaluateQuality",
    "KeepBest",
    "PushToHub",
    "SampleGrid",
    "StopAfter",
]


class SampleGrid(keras.callbacks.Callback):
    """Saves a grid of images from the same latents after every epoch.

    Args:
        folder: Where to; files are `epoch_0001.png` and so on.
        count: How many images in the grid.
        every: Epochs from one grid to the next.
        seed: Seed of the latents.
        truncation: As in `GAN.generate`.
    """

    def __init__(
        self,
        folder: str | Path,
        count: int = 64,
        every: int = 1,
        seed: int = 0,
        truncation: float | None = None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.count = check_count("count", count)
        self.every = check_count("every", every)
        self.seed, self.truncation = seed, truncation

    def on_train_begin(self, logs=None):
        """Draws the latents that every grid shows."""
        self.folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(self.seed)
        self.latents = self.model.draw_latents(self.count, rng, self.truncation)

    def on_epoch_end(self, epoch, logs=None):
        """Saves a grid."""
        if (epoch + 1) % self.every == 0:
            drawn = self.model.generate(latents=self.latents)
            picture = images.make_picture(drawn, self.model.columns)
            images.save_png(self.folder / f"epoch_{epoch + 1:04d}.png", picture)


class EvaluateQuality(keras.callbacks.Callback):
    """Measures the moving average after every n-th epoch.

    The figures join the epoch's logs, so that progress bar, `History` and TensorBoard
    show them. Real images are looked at once, before the training.

    Args:
        dataset: Real images, as in `GAN.evaluate_quality`.
        features: As there.
        held_out: As there.
        every: Epochs from one measuring to the next; the last that `fit` was asked for
            is measured too.
        samples: Images to generate.
        seed: Seed of their latents.
        figures: Which figures; the Frechet distance alone by default, which is quick.

    Attributes:
        results: The newest `Result`s by name.
    """

    def __init__(
        self,
        dataset,
        features="auto",
        held_out=None,
        every: int = 1,
        samples: int = 10_000,
        seed: int = 0,
        figures: Sequence[str] | None = ("fid",),
    ):
        super().__init__()
        self.dataset, self.features, self.held_out = dataset, features, held_out
        self.every = check_count("every", every)
        self.options = {"samples": samples, "seed": seed, "figures": figures}
        self.evaluation, self.results = None, {}
        check_figures(figures, unseen=held_out is not None)
        check_count("samples", samples, least=10)

    @property
    def names(self) -> list[str]:
        """What it may add to the logs, once the training has begun."""
        suffix, figures = self.evaluation.extractor.suffix, self.options["figures"]
        return [name + suffix for name in names_of(figures)]

    def on_train_begin(self, logs=None):
        """Looks at the real images."""
        if self.evaluation is None:
            features = features_for(self.model, self.dataset, self.features)
            self.evaluation = Evaluation(
                self.dataset, features, self.held_out, **self.options
            )

    def on_epoch_end(self, epoch, logs=None):
        """Measures, and adds to the logs."""
        if (epoch + 1) % self.every == 0 or epoch + 1 == self.params.get("epochs"):
            self.results = self.evaluation.of_gan(self.model)
            if logs is not None:
                logs |= {name: float(r) for name, r in self.results.items()}


class CollapseMonitor(keras.callbacks.Callback):
    """Warns when a generator draws ever the same images.

    After each epoch the moving average draws images from latents that stay the same;
    their `metrics.diversity` joins the logs as "diversity". Where it falls below a
    share of the highest so far, the generator has begun to collapse. A sound training
    keeps it within a few hundredths; pixels do not tell that a class is missing. Of a
    conditional GAN, or one with codes, the diversity is that within a class.

    Args:
        count: How many images.
        share: The share of the highest diversity below which it warns, in (0, 1).
        seed: Seed of the latents.

    Attributes:
        highest: The highest diversity so far, in levels of 255.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self, count: int = 64, share: float = 0.8, seed: int = 0):
        super().__init__()
        self.count = check_count("count", count, least=2)
        if not 0.0 < share < 1.0:
            raise ValueError(
                f"`share` must lie between 0 and 1. Received: share={share!r}. "
                "0.8 warns where a fifth of the diversity is lost."
            )
        self.share, self.seed = share, check_count("seed", seed, least=0)
        self.highest, self._fallen = 0.0, False

    def on_train_begin(self, logs=None):
        """Draws the latents."""
        rng = np.random.default_rng(self.seed)
        self.latents = self.model.draw_latents(self.count, rng)
        self.drawn, self.grouped = None, None
        if self.model.num_classes is not None:  # at least four of each that is drawn
            classes = min(self.model.num_classes, max(1, self.count // 4))
            self.drawn = self.grouped = np.arange(self.count) % classes
        elif hasattr(self.model, "categories_of"):
            self.grouped = self.model.categories_of(self.latents)

    def on_epoch_end(self, epoch, logs=None):
        """Measures, and warns once a fall."""
        drawn = self.model.generate(latents=self.latents, labels=self.drawn)
        found = diversity(drawn, self.grouped)
        if logs is not None:
            logs["diversity"] = found
        self.highest = max(self.highest, found)
        fallen = found < self.share * self.highest
        if fallen and not self._fallen:
            warnings.warn(
                f"Epoch {epoch + 1}: the generator is collapsing. The diversity of "
                f"{self.count} images fell to {found:.1f}, from {self.highest:.1f} of "
                "255 levels. Stop and go back to the best state (KeepBest), or train "
                "with lower rates, instance noise or a penalty.",
                stacklevel=2,
            )
        self._fallen = fallen


class PushToHub(keras.callbacks.Callback):
    """Uploads a preset folder to the Hub whenever it has changed.

    After `KeepBest` in the list of callbacks, with its folder. The upload runs beside
    the training; while one is under way, no other begins, and what is newest at the
    end is uploaded then. An upload that fails, or a folder that never comes into being,
    is warned of and costs no training.

    Args:
        repo_id: "owner/name"; made where it is missing.
        folder: The preset's.
        **options: `private`, `token`, `revision` of `kerasgan.upload_preset`.

    Attributes:
        page: The page of the newest commit, once there is one.

    Raises:
        PresetNotFoundError: If `repo_id` is no name of a repository.
    """

    def __init__(self, repo_id: str, folder: str | Path, **options):
        super().__init__()
        self._where = hub.address(repo_id)  # raises before there is anything to lose
        self.repo_id, self.folder, self.options = repo_id, Path(folder), options
        self.page, self._pushed, self._thread = None, None, None

    def on_epoch_end(self, epoch, logs=None):
        """Begins an upload, if there is something new and none is under way."""
        if self._thread is None or not self._thread.is_alive():
            self._begin()

    def on_train_end(self, logs=None):
        """Waits, and uploads what is newer."""
        if self._thread is not None:
            self._thread.join()
        self._begin()
        if self._thread is not None:
            self._thread.join()
        if not (self.folder / "metadata.json").is_file():
            self._warn(
                f"{self.folder} holds no preset. Put a KeepBest of that folder before "
                "PushToHub in the callbacks."
            )

    def _begin(self):
        path = self.folder / "metadata.json"
        described = path.read_bytes() if path.is_file() else self._pushed
        if described == self._pushed:
            return
        try:  # now: the folder may be replaced soon
            contents = share.contents_of(Folder(self.folder), self._where)
        except Exception as error:
            self._warn(error)
            return
        arguments = contents, described
        self._thread = threading.Thread(target=self._push, args=arguments, daemon=True)
        self._thread.start()

    def _push(self, contents, described):
        options = {"keep": card.is_edited, "quiet": True, **self.options}
        try:
            self.page = hub.push(self.repo_id, contents, **options)
            self._pushed = described
        except Exception as error:
            self._warn(error)

    def _warn(self, error):
        warnings.warn(f"{self.repo_id} was not uploaded: {error}", stacklevel=3)


class StopAfter(keras.callbacks.Callback):
    """Ends `fit` once the GAN has made `updates` discriminator updates.

    Args:
        updates: How many, counted from the GAN's first.
        start: How many it has made when `fit` begins.
    """

    def __init__(self, updates: int, start: int):
        super().__init__()
        self.updates, self.made = updates, start

    def on_train_batch_end(self, batch, logs=None):
        """Counts, and stops."""
        self.made += 1
        if self.made >= self.updates:
            self.model.stop_training = True
