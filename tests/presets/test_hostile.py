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


@pytest.fixture(scope="module")
def other():
    """A GAN of the same architecture, none of whose weights are the preset's."""
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
    """What is said, in how much processor time and how much more memory."""
    linux = sys.platform == "linux"
    if linux:
        Path("/proc/self/clear_refs").write_text("5")  # forgets the peak
    before, start = resident("VmRSS") if linux else 0, time.process_time()
    with pytest.raises(errors.PresetError) as caught:
        kerasgan.from_preset(folder)
    seconds = time.process_time() - start
    return str(caught.value), seconds, (resident("VmHWM") - before if linux else 0)


def test_the_preset_that_the_cases_spoil_is_good(folder):
    kerasgan.from_preset(folder)
    assert len(hostile.CASES) >= 110


@pytest.mark.parametrize("case", hostile.CASES)
def test_hostile_presets_are_refused(case, folder, other):
    hostile.CASES[case](folder)
    networks = other.generator, other.generator_ema, other.discriminator
    before = [checks.snapshot(network) for network in networks]
    said, times, memories = zip(*(refusal(folder) for _ in range(3)), strict=True)
    said, seconds, memory = said[0], min(times), max(memories)
    reasons = [
        reason
        for reason, parts in hostile.REASONS.items()
        if case in hostile.WEIGHT_CASES and any(part in case for part in parts)
    ]
    assert bool(reasons) == (case in hostile.WEIGHT_CASES)
    assert all(reason in said for reason in reasons), said
    named = hostile.NAMED.get(case.replace(",", " ").split()[0], "")
    assert "of weights" in case or f"/{named}" in said, said
    assert len(said) < 1000 and str(folder) in said, said
    assert seconds < SECONDS and memory < BYTES, (seconds, memory)
    if case in hostile.WEIGHT_CASES:
        with pytest.raises(errors.PresetError):
            load.load_weights(other, Folder(folder))
    for network, old in zip(networks, before, strict=True):
        assert checks.same(old, checks.snapshot(network))


def test_the_fuzz_run_on_record_is_of_these_checks():
    record = json.loads((Path(__file__).parent / "data/fuzz.json").read_text())
    assert record["checks"] == hostile.checks_hash(), "python -m tests.support.fuzz_presets"
    assert record["inputs"] >= 1_000_000


def test_a_refused_network_is_never_made(folder):
    hostile.argument(width=2**20)(folder)  # 140 TB
    with pytest.raises(errors.PresetWeightsError, match="140738813755404 bytes"):
        kerasgan.from_preset(folder)
    with keras.StatelessScope():
        pass  # at whose end Keras makes what it still has to make
    checks.tiny("dcgan").generate(1)


def test_files_that_are_not_a_presets_are_never_opened(folder):
    os.mkfifo(folder / "notes.txt")  # opening it would wait for ever
    (folder / ".git").symlink_to("/nowhere")
    os.mkfifo(folder / "results.json")
    kerasgan.from_preset(folder)
