"""Presets with any bits flipped: refused, or still exactly as large and finite."""

import contextlib
import shutil

import numpy as np
import pytest

import kerasgan
from kerasgan import errors
from kerasgan.presets import (
    configs,
    documents,
    metadata,
    upgrade,
    weight_files,
    weights,
)

hypothesis = pytest.importorskip("hypothesis", reason="needs the extra test")
from hypothesis import strategies as st  # noqa: E402

pytestmark = pytest.mark.backend_free
FLIPS = st.lists(
    st.tuples(st.integers(0, 2**20), st.integers(0, 7)), min_size=1, max_size=8
)


def examples(few: int, many: int):
    """Runs a test with a few examples, and as part of the matrix with many."""
    many = pytest.param(many, marks=pytest.mark.matrix)
    return pytest.mark.parametrize("count", [few, many])


def hold(check, count: int, **strategies) -> None:
    """Calls `check` with so many examples."""
    # The fixtures make the data once; a slow machine is no fault.
    options = {"deadline": None, "database": None, "derandomize": True}
    settings = hypothesis.settings(max_examples=count, **options)
    settings(hypothesis.given(**strategies)(check))()


def flipped(data, flips):
    """The data with some bits inverted."""
    data = bytearray(data)
    for place, bit in flips:
        data[place % len(data)] ^= 1 << bit
    return bytes(data)


@examples(30, 300)
def test_weight_files_with_flipped_bits(gan, count):
    layout = weights.layout(gan.discriminator)
    data, refused = weights.to_bytes(gan.discriminator), []

    def check(flips):
        try:
            arrays = weight_files.read(flipped(data, flips), layout, "x")
        except errors.PresetWeightsError as error:
            return refused.append(str(error))
        kinds = {k: (a.shape, str(a.dtype)) for k, a in arrays.items()}
        assert kinds == layout.arrays
        assert all(np.isfinite(array).all() for array in arrays.values())

    hold(check, count, flips=FLIPS)
    assert refused  # at least one flip hit a structure


@examples(30, 300)
def test_weight_files_with_a_flipped_superblock(gan, count):
    """A flip at the start of a structure reaches far."""
    layout = weights.layout(gan.discriminator)
    data, refused = weights.to_bytes(gan.discriminator), []

    def check(flips, start):
        head = flipped(data[:start], flips) if start else b""
        try:
            arrays = weight_files.read(head + data[start:], layout, "x")
        except errors.PresetWeightsError as error:
            return refused.append(str(error))
        kinds = {k: (a.shape, str(a.dtype)) for k, a in arrays.items()}
        assert kinds == layout.arrays

    hold(check, count, flips=FLIPS, start=st.integers(0, 96))
    assert refused


@examples(30, 300)
@pytest.mark.parametrize("name", ["config.json", "metadata.json"])
def test_json_with_flipped_bits(saved, name, count):
    data = (saved / name).read_bytes()

    def check(flips):
        with contextlib.suppress(errors.PresetConfigError):
            document = documents.parse(flipped(data, flips), name)
            if name == "config.json":
                config = upgrade.upgrade_config(document)
                assert configs.class_of(config, name).kind == "gan"
            else:
                document = upgrade.upgrade_metadata(document)
                assert metadata.check_metadata(document, name)["format"] <= 2

    hold(check, count, flips=FLIPS)


@examples(5, 40)
@pytest.mark.parametrize("name", ["config.json", "generator.weights.h5"])
def test_a_hash_notices_a_flip(saved, tmp_path, name, count):
    folder = shutil.copytree(saved, tmp_path / "tiny")
    before = (folder / name).read_bytes()

    def check(flips):
        data = flipped(before, flips)
        hypothesis.assume(data != before)
        (folder / name).write_bytes(data)
        with pytest.raises(errors.PresetError):
            kerasgan.from_preset(folder)

    hold(check, count, flips=FLIPS)
