"""Presets from strangers can at worst be refused: quickly, in little memory."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import keras
import pytest

import kerasgan
from kerasgan import errors
from kerasgan.presets import load
from kerasgan.presets.folders import Folder
from tests.support import checks, hostile

pytestmark = pytest.mark.backend_free
SECONDS, BYTES = 0.2, 50 * 2**20
REFUSALS = (errors.PresetError, errors.RecipeError)
CHOSEN = {  # one of each kind; the others run as the matrix
    "config is HTML",
    "config with a key twice",
    "config 30,000 levels deep",
    "config with module",
    "class 'os.system'",
    "width='1048576'",
    "width='8.0'",
    "metadata is a list",
    "metadata, format='3'",
    "metadata, files='None'",
    "metadata, size of weights is '1'",
    "recipe with a lambda",
    "recipe of an unknown player",
    "generator.weights.h5 is a link to the host",
    "weights are pickle",
    "weights cut to 50%",
    "weights of another network",
    "an array of NaN",
    "an array that declares 4 GiB",
    "an array in a file of the host",
    "a tree in itself",
}
CASES = [
    pytest.param(case, marks=() if case in CHOSEN else pytest.mark.matrix)
    for case in hostile.CASES
]


@pytest.fixture(scope="module")
def other():
    """A GAN of the same architecture with other weights."""
    gan = checks.tiny("dcgan")
    for network in (gan.generator, gan.generator_ema, gan.discriminator):
        network.set_weights([weight + 1.0 for weight in network.get_weights()])
    return gan


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "tiny")


def resident(entry: str) -> int:
    """Memory of this process in bytes, now (VmRSS) or at its peak (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(n for n in lines if n.startswith(entry)).split()[1]) * 1024


def refusal(folder):
    """The message, the processor time and the additional memory of a refusal."""
    linux = sys.platform == "linux"
    if linux:
        Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    before, start = resident("VmRSS") if linux else 0, time.process_time()
    with pytest.raises(REFUSALS) as caught:
        kerasgan.from_preset(folder)
    seconds = time.process_time() - start
    return str(caught.value), seconds, (resident("VmHWM") - before if linux else 0)


def test_the_preset_that_the_cases_spoil_is_good(folder):
    assert kerasgan.from_preset(folder).generate(1).shape == (1, 16, 16, 3)
    assert len(hostile.CASES) >= 240 and set(hostile.CASES) >= CHOSEN


@pytest.mark.parametrize("case", CASES)
def test_hostile_presets_are_refused(case, folder, other):
    hostile.CASES[case](folder)
    networks = other.generator, other.generator_ema, other.discriminator
    before = [checks.snapshot(network) for network in networks]
    messages, times, sizes = zip(*(refusal(folder) for _ in range(3)), strict=True)
    message, seconds, memory = messages[0], min(times), max(sizes)
    reasons = [
        reason
        for reason, parts in hostile.REASONS.items()
        if case in hostile.WEIGHT_CASES and any(part in case for part in parts)
    ]
    assert bool(reasons) == (case in hostile.WEIGHT_CASES)
    assert all(reason in message for reason in reasons), message
    named = hostile.NAMED.get(case.replace(",", " ").split()[0], "")
    assert "of weights" in case or f"/{named}" in message, message
    assert len(message) < 1000 and str(folder) in message, message
    assert seconds < SECONDS and memory < BYTES, (seconds, memory)
    if case in hostile.WEIGHT_CASES:
        with pytest.raises(errors.PresetError):
            load.load_weights(other, Folder(folder))
    for network, old in zip(networks, before, strict=True):
        assert checks.same(old, checks.snapshot(network))


@pytest.mark.parametrize("case", hostile.HARMLESS)
def test_groups_without_arrays_are_harmless(case, folder):
    expected = kerasgan.from_preset(folder).generator.get_weights()
    hostile.HARMLESS[case](folder)
    assert checks.same(kerasgan.from_preset(folder).generator.get_weights(), expected)


def test_the_recorded_fuzz_run_is_of_these_checks():
    record = Path(__file__).parents[1] / "fixtures" / "fuzz.json"
    run, command = (
        json.loads(record.read_text()),
        "python -m tests.support.fuzz_presets",
    )
    assert run["checks"] == hostile.checks_hash(), f"{command} 1000000"
    assert run["inputs"] >= 1_000_000


def test_a_refused_network_is_never_made(folder):
    hostile.argument(width=2**20)(folder)  # 140 TB
    with pytest.raises(errors.PresetWeightsError, match="140738813755404 bytes"):
        kerasgan.from_preset(folder)
    with keras.StatelessScope():
        pass  # at its end Keras makes all weights that are still to be made
    assert checks.tiny("dcgan").generate(1).shape == (1, 16, 16, 3)


def test_other_files_are_never_opened(folder):
    os.mkfifo(folder / "notes.txt")  # opening it would wait forever
    (folder / ".git").symlink_to("/nowhere")
    os.mkfifo(folder / "results.json")
    assert kerasgan.from_preset(folder).built
