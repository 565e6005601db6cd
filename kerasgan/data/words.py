"""Captions as vectors of fixed length, without a vocabulary.

A vector counts the words of a caption and their pieces, each in a place that a hash
chooses. So a word that nobody trained with still shares places with similar words.

Paper: Bojanowski et al. 2016, https://arxiv.org/abs/1607.04606 (section 3.2).
"""

import functools
import re
import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np

LENGTH = 4096  # of a vector; presets depend on it, and on all that follows
PIECES = 3, 4, 5  # characters of a piece, with "<" and ">" at the ends of the word
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def words_of(caption: str) -> list[str]:
    """The words of a caption, in lowercase and without a possessive 's."""
    text = unicodedata.normalize("NFKC", caption).lower().replace("\u2019", "'")
    return [word.removesuffix("'s") for word in _WORD.findall(text)]


def vectors_of(captions: Sequence[str]) -> np.ndarray:
    """Captions as vectors.

    A word adds 1 in its own place, and 1 over the root of their number in the place of
    each of its pieces. The sum is divided by the root of the number of words.

    Args:
        captions: Texts with at least one word each.

    Returns:
        float32 (N, LENGTH), at least 0.
    """
    vectors = np.zeros((len(captions), LENGTH), "float32")
    for row, caption in zip(vectors, captions, strict=True):
        words = words_of(caption)
        for word in words:
            places, amounts = _code(word)
            row[places] += amounts
        row /= np.sqrt(np.float32(max(1, len(words))))
    return vectors


@functools.lru_cache(2**16)
def _code(word: str) -> tuple[np.ndarray, np.ndarray]:
    """Places of a word and of its pieces, each once, and what they add there."""
    whole = f"<{word}>"
    starts = [(n, i) for n in PIECES for i in range(len(whole) - n + 1)]
    pieces = [whole[i : i + n] for n, i in starts if n < len(whole)]
    places = [zlib.crc32(part.encode()) % LENGTH for part in (f"={word}", *pieces)]
    amounts = np.full(len(places), len(pieces) ** -0.5 if pieces else 0.0, "float32")
    amounts[0] = 1.0
    distinct, which = np.unique(places, return_inverse=True)
    return distinct, np.bincount(which, amounts).astype("float32")
