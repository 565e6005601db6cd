"""Presets with any bits flipped: refused, or still exactly as large and finite."""

import contextlib
import shutil

import numpy as np
import pytest

import kerasgan
from kerasgan import errors
from kerasgan.presets import configs, documents, weight_files, weights

hypothesis = pytest.importorskip("hypothesis", reason="needs the extra test")
from hypothesis import strategies as st  # noqa: E402

pytestmark = pytest.mark.backend_free
# The data of the example are made by the fixtures once; a slow machine is no fault.
SETTINGS = hypothesis.settings(
    max_examples=300, deadline=None, database=None, derandomize=True
)
FLIPS = st.lists(
    st.tuples(st.integers(0, 2**20), st.integers(0, 7)), min_size=1, max_size=8
)


def flipped(data, flips):
    """Some bits the other way round."""
    data = bytearray(data)
    for place, bit in flips:
        data[place % len(data)] ^= 1 << bit
    return bytes(data)


@SETTINGS
@hypothesis.given(flips=FLIPS)
def test_weight_files_with_flipped_bits(gan, flips):
    layout = weights.layout(gan.discriminator)
    data = flipped(weights.to_bytes(gan.discriminator), flips)
    with contextlib.suppress(errors.PresetWeightsError):
        arrays = weight_files.read(data, layout, "x")
        assert {k: (a.shape, str(a.dtype)) for k, a in arrays.items()} == layout.arrays
        assert all(np.isfinite(array).all() for array in arrays.values())


@SETTINGS
@hypothesis.given(flips=FLIPS, start=st.integers(0, 96))
def test_weight_files_with_a_flipped_superblock(gan, flips, start):
    """Where a structure begins, a flip reaches far."""
    layout = weights.layout(gan.discriminator)
    data = weights.to_bytes(gan.discriminator)
    head = flipped(data[:start], flips) if start else b""
    with contextlib.suppress(errors.PresetWeightsError):
        arrays = weight_files.read(head + data[start:], layout, "x")
        assert {k: (a.shape, str(a.dtype)) for k, a in arrays.items()} == layout.arrays


@SETTINGS
@hypothesis.given(flips=FLIPS, name=st.sampled_from(["config.json", "metadata.json"]))
def test_json_with_flipped_bits(saved, flips, name):
    data = flipped((saved / name).read_bytes(), flips)
    with contextlib.suppress(errors.PresetConfigError):
        document = documents.parse(data, name)
        if name == "config.json":
            assert configs.class_of(document, name).kind == "gan"
        else:
            assert configs.check_metadata(document, name)["format"] == 1


@hypothesis.settings(SETTINGS, max_examples=40)
@hypothesis.given(
    flips=FLIPS.filter(lambda flips: len(set(flips)) == len(flips)),
    name=st.sampled_from(["config.json", "generator.weights.h5"]),
)
def test_a_flip_is_noticed_by_the_hash(saved, tmp_path_factory, flips, name):
    folder = tmp_path_factory.mktemp("flipped") / "tiny"
    shutil.copytree(saved, folder)
    before = (folder / name).read_bytes()
    (folder / name).write_bytes(flipped(before, flips))
    hypothesis.assume((folder / name).read_bytes() != before)
    with pytest.raises(errors.PresetError):
        kerasgan.from_preset(folder)
    shutil.rmtree(folder)
