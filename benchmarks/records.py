"""Reads and writes the JSON files of measurements; imports no Keras."""

from datetime import UTC, datetime
from pathlib import Path

from kerasgan.files import write_atomically
from kerasgan.presets import documents, upgrade


def write(path: Path, document: dict) -> None:
    """Writes JSON, completely or not at all."""
    with write_atomically(path) as file:
        file.write(documents.to_json(document))


def today() -> str:
    """The date of a measurement."""
    return datetime.now(UTC).date().isoformat()


def stamp() -> dict:
    """The date and the hardware of a measurement in this process."""
    from kerasgan.training import hardware

    return {"date": today(), "hardware": hardware.describe()}


def add(path: Path, name: str, entry: dict) -> None:
    """Adds an entry with date and hardware to a file, or replaces it."""
    entries = documents.read_json(path) if path.is_file() else {}
    write(path, entries | {name: stamp() | entry})


def config_of(folder: Path) -> dict:
    """A preset's `config.json`."""
    return upgrade.upgrade_config(documents.read_json(folder / "config.json"))


def metadata_of(folder: Path) -> dict:
    """A preset's `metadata.json`, format 2."""
    return upgrade.upgrade_metadata(documents.read_json(folder / "metadata.json"))


def results_of(folder: Path) -> dict:
    """A preset's `results.json`, format 2; without measurements if there is none."""
    path = folder / "results.json"
    results = documents.read_json(path) if path.is_file() else {}
    return {"format": upgrade.RESULTS} | upgrade.upgrade_results(results)
