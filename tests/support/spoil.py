"""Ways to spoil a preset: its documents and files, with matching metadata."""

import hashlib
import io
import json
import zipfile

import h5py
import numpy as np

GENERATOR, DISCRIMINATOR = "generator.weights.h5", "discriminator.weights.h5"


def edit(folder, file, **changes):
    """Changes a JSON file and its entry in metadata.json."""
    path = folder / file
    document = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(document))
    if file != "metadata.json":
        seal(folder, file)


def seal(folder, file):
    """Makes metadata.json describe a file as it is now."""
    content = (folder / file).read_bytes()
    path = folder / "metadata.json"
    metadata = json.loads(path.read_text())
    digest = hashlib.sha256(content).hexdigest()
    metadata["files"][file] = {"size": len(content), "sha256": digest}
    path.write_text(json.dumps(metadata))


def put(folder, file, content):
    """Puts other bytes in place of a file, sealed."""
    (folder / file).write_bytes(content)
    if file != "metadata.json":
        seal(folder, file)


def change_weights(folder, change, file=GENERATOR):
    """Applies `change` to the HDF5 file and seals it."""
    with h5py.File(folder / file, "r+") as opened:
        change(opened)
    seal(folder, file)


def argument(**arguments):
    """A change of some arguments of config.json."""

    def change(folder):
        config = json.loads((folder / "config.json").read_text())
        edit(folder, "config.json", arguments=config["arguments"] | arguments)

    return change


def field(file, **changes):
    """A change of fields of a JSON file."""
    return lambda folder: edit(folder, file, **changes)


def content(file, data):
    """A change of a whole file."""
    return lambda folder: put(folder, file, data)


def weights(change, file=GENERATOR):
    """A change inside of a weight file."""
    return lambda folder: change_weights(folder, change, file)


def bytes_of(change, file=GENERATOR):
    """A change of a weight file's bytes."""
    return lambda folder: put(folder, file, change((folder / file).read_bytes()))


def without(name):
    """A config.json without a field."""

    def change(folder):
        config = json.loads((folder / "config.json").read_text())
        del config[name]
        put(folder, "config.json", json.dumps(config).encode())

    return change


def entry(file, **changes):
    """A change of the entry of a file in metadata.json."""

    def change(folder):
        files = json.loads((folder / "metadata.json").read_text())["files"]
        edit(folder, "metadata.json", files=files | {file: files[file] | changes})

    return change


def recipe(**changes):
    """A recipe with a matching entry in metadata.json; good but for the changes."""
    phases = [{"updates": 1, "batch_size": 1}]
    good = {"format": 2, "model": {"name": "dcgan"}, "data": {"source": "mnist"}}
    return content(
        "recipe.json", json.dumps(good | {"phases": phases} | changes).encode()
    )


def phase(**changes):
    """A recipe of one phase."""
    return recipe(phases=[{"updates": 1, "batch_size": 1} | changes])


def instead(file, make):
    """Something that is no file."""

    def change(folder):
        (folder / file).unlink()
        make(folder / file)

    return change


def sparse(file, size):
    """A file of any size that takes no space, and metadata that agree."""

    def change(folder):
        with open(folder / file, "r+b") as opened:
            opened.truncate(size)
        if file.endswith(".h5"):
            entry(file, size=size)(folder)

    return change


def truncated(share):
    """The first part of a weight file."""
    return bytes_of(lambda data: data[: int(len(data) * share)])


def zipped(name):
    """A ZIP archive with one member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "x")
    return buffer.getvalue()


def npz():
    """Arrays as numpy keeps them."""
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    return buffer.getvalue()


def nested(depth):
    """JSON of many levels."""
    return b"[" * depth + b"]" * depth
