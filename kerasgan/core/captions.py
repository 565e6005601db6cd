"""Captions besides latents and images: what a user wants to see, in words."""

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import checks
from kerasgan.core.conditions import Condition
from kerasgan.data.words import LENGTH, vectors_of, words_of
from kerasgan.errors import did_you_mean
from kerasgan.types import Tensor

MOST = 64  # words of a caption
KNOWN = 2**14  # words that a preset remembers
EXAMPLES = 64  # captions that a preset remembers
LINE = 900  # characters in which metadata hold several words
EXAMPLE = 100  # characters of the longest one


@keras.saving.register_keras_serializable("kerasgan")
class Captions(Condition):
    """One caption for each image: text for users, float32 (N, LENGTH) for training.

    Networks get what a text encoder makes of these vectors, see `kerasgan.data.words`.
    Any words are allowed. Words that no training caption had are known by their pieces
    alone, so what they show is a guess.

    Args:
        size: Length of the text encoder's vectors.

    Attributes:
        words: Words of the training captions; empty if unknown.
        examples: Some of these captions.
    """

    name = "captions"
    limits = (0.0, np.inf)
    length = LENGTH

    def __init__(self, size: int):
        self.size = checks.check_count("size", size)
        self.words: list[str] = []
        self.examples: list[str] = []

    @property
    def network_input(self) -> tuple[tuple[int, ...], str] | None:
        return (self.size,), "float"

    def count(self, given: Any) -> int | None:
        return len(given) if _is_list(given) else None

    def check(self, given: Any, count: int, drawn: Any = None) -> np.ndarray:
        texts = list(given) if _is_list(given) else [given] * count
        if len(texts) != count:
            raise ValueError(
                f"`captions` must be one text, or {count} of them. Received: "
                f"{len(texts)}. Pass one caption for each image."
            )
        check_captions(texts)
        self._warn_of_unknown(dict.fromkeys(texts))
        return vectors_of(texts)

    def _warn_of_unknown(self, texts):
        """Tells of captions of which no word is known, once for all of them."""
        known = set(self.words)
        strange = [t for t in texts if known and not known & set(words_of(t))]
        if strange:
            near = did_you_mean(words_of(strange[0])[0], self.words, 0.7)
            more = f" and {len(strange) - 1} more" * (len(strange) > 1)
            warnings.warn(
                "No training caption has a word of these `captions`: "
                f"{strange[0]!r:.80}{more}. The images show what words of similar "
                f"spelling mean, or anything.{near}",
                stacklevel=5,
            )

    def check_data(self, given: Any, count: int, owner: str, warn: bool = False) -> Any:
        if given is None:
            raise ValueError(
                f"{owner} needs a caption for each image. Received: images alone. Pass "
                "texts as y, or load the data with captions= (`data.captions` of a "
                "recipe)."
            )
        if np.asarray(given).dtype.kind == "f":
            return self._check_vectors(np.asarray(given, "float32"), count)
        texts = list(given)
        check_captions(texts)
        if len(texts) != count:
            raise ValueError(
                f"`captions` must be {count}, one for each image. Received: "
                f"{len(texts)}."
            )
        if warn:
            self.learn([[text] for text in texts])
        return vectors_of(texts)

    def _check_vectors(self, vectors, count):
        fits = vectors.shape == (count, LENGTH) and np.isfinite(vectors).all()
        if not fits or vectors.min() < 0:
            raise ValueError(
                f"Vectors of captions must be finite, at least 0, of shape "
                f"{(count, LENGTH)}. Received: shape {vectors.shape}. Make them by "
                "kerasgan.data.words.vectors_of(captions)."
            )
        return vectors

    def default(self, count: int, drawn: Any = None, same: bool = False) -> Any:
        self._check_seen(f"This model needs {count} `captions`")
        return vectors_of(self._examples(1) * count if same else self._examples(count))

    def learn(self, given: Any, names: Sequence[str] | None = None) -> None:
        """Remembers words and examples of captions.

        Args:
            given: For each image its captions, the first of which may be an example.
                Vectors, which have no words, are ignored.
            names: Not used.
        """
        if isinstance(given, np.ndarray):
            return
        counts = Counter(w for texts in given for t in texts for w in words_of(t))
        self.words = sorted(word for word, _ in counts.most_common(KNOWN))
        first = [texts[0] for texts in given if len(texts[0]) <= EXAMPLE]
        rows = np.linspace(0, len(first) - 1, min(EXAMPLES, len(first))).astype(int)
        self.examples = [first[row] for row in rows]

    @property
    def can_draw(self) -> bool:
        return bool(self.examples)

    def measured(self, count: int, shares: Sequence[float] | None = None) -> dict:
        self._check_seen("Metrics and pictures need training captions")
        return {"captions": self._examples(count)}

    def shown(self, count: int) -> dict:
        return self.measured(count)

    def groups(self, count: int, latents: Any) -> tuple[dict, np.ndarray | None]:
        return self.measured(count), None

    def _examples(self, count) -> list[str]:
        return [self.examples[i % len(self.examples)] for i in range(count)]

    def _check_seen(self, need):
        if not self.examples:
            raise ValueError(
                f"{need}. Received: none, and a model that has not seen any. Pass "
                'captions=["red apple", ...].'
            )

    def of_batch(self, given: Any, count: int, seed: Any) -> Tensor:
        return ops.cast(given, "float32")

    def describe(self) -> dict:
        lines = []
        for word in self.words:
            if lines and len(lines[-1]) + len(word) < LINE:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        lines = [line[:LINE] for line in lines]
        captions = {"words": lines, "examples": self.examples}
        return {**super().describe(), "captions": captions}

    def restore(self, metadata: dict) -> None:
        captions = metadata.get("captions") or {}
        self.words = " ".join(captions.get("words", ())).split()
        self.examples = list(captions.get("examples", ()))

    def get_config(self) -> dict:
        return {"size": self.size}


def _is_list(given) -> bool:
    return isinstance(given, list | tuple | np.ndarray)


def check_captions(captions: Sequence[Any]) -> None:
    """Refuses captions that are not text of 1 to 64 words.

    Raises:
        TypeError: If one is not a string.
        ValueError: If one has no word, or too many.
    """
    for caption in captions:
        if not isinstance(caption, str):
            raise TypeError(
                "`captions` must be texts. Received: "
                f"{type(caption).__name__} {caption!r:.60}. Pass a list of strings."
            )
        count = len(words_of(caption))
        if not count:
            raise ValueError(
                "`captions` must have at least one word each. Received: "
                f"{caption!r:.60}. Write what the image is to show."
            )
        if count > MOST:
            raise ValueError(
                f"`captions` must have at most {MOST} words each. Received: {count} "
                f"words, {caption!r:.60}. Shorten it."
            )
