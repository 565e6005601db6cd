"""Presets that must be refused: what is done to a good one, and what is said then."""

import hashlib
import io
import json
import os
import pickle
import zipfile
from pathlib import Path

import h5py
import numpy as np

import kerasgan

GENERATOR, DISCRIMINATOR = "generator.weights.h5", "discriminator.weights.h5"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\n"
ALIEN = {  # what arrives in place of a file
    "empty": b"",
    "HTML": b"<!doctype html><html>404 not found</html>",
    "pickle": pickle.dumps({"a": 1}),
    "LFS pointer": LFS,
    "NUL bytes": bytes(64),
    "gzip": b"\x1f\x8b\x08" + bytes(40),
}


def checks_hash() -> str:
    """Of the code that judges a preset's files before they are used."""
    names = ("configs", "documents", "hdf5", "recipes", "schemas", "weight_files")
    files = [Path(kerasgan.__file__).with_name(f"{name}.py") for name in names]
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(content).hexdigest()[:12]


def edit(folder, file, **changes):
    """Changes a JSON file, and what metadata.json says of it."""
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


def first_dataset(group) -> str:
    """The path of the first array."""
    found = []
    group.visititems(
        lambda name, item: found.append(name) if hasattr(item, "shape") else None
    )
    return found[0]


def replace(file, **options):
    """Stores the first array in another way."""
    name = first_dataset(file)
    values = file[name][()]
    del file[name]
    file.create_dataset(name, **{"data": values, **options})


def of_dtype(dtype):
    """The first array as zeros of another dtype."""
    plain = "S1" if h5py.check_string_dtype(np.dtype(dtype)) else dtype
    return lambda file: replace(
        file, dtype=dtype, data=np.zeros(file[first_dataset(file)].shape, plain)
    )


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
    """A change of what metadata.json says of a file."""

    def change(folder):
        files = json.loads((folder / "metadata.json").read_text())["files"]
        edit(folder, "metadata.json", files=files | {file: files[file] | changes})

    return change


def recipe(**changes):
    """A recipe that is sealed, but not one of ours."""
    phases = [{"updates": 1, "batch_size": 1}]
    good = {"format": 1, "model": {"name": "dcgan"}, "data": {"source": "mnist"}}
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


def bomb(file):
    """17 kB that declare gigabytes."""
    replace(file, data=None, shape=(2**15, 2**15), dtype="f4", chunks=(1024, 1024))


def cycle(file):
    """A group that holds itself."""
    del file["layers/dense/vars"]
    file["layers/dense/vars"] = file["layers/dense"]


def twice(file):
    """One array under the names of two."""
    names = []
    file.visititems(
        lambda name, item: names.append(name) if hasattr(item, "shape") else None
    )
    first = next(n for n in names if file[n].ndim == 1)
    same = [n for n in names if n != first and file[n].shape == file[first].shape]
    del file[same[0]]
    file[same[0]] = file[first]


def word(number):
    """Eight bytes, as HDF5 has its addresses."""
    return number.to_bytes(8, "little")


def address(data, at):
    """The address that stands somewhere."""
    return int.from_bytes(data[at : at + 8], "little")


def put_at(data, at, new):
    """Other bytes in one place."""
    return data[:at] + new + data[at + len(new) :]


def tree_in_itself(data):
    """The root's tree is its own branch: the HDF5 library recurses until it dies."""
    tree = address(data, 80)
    return put_at(put_at(data, tree + 5, b"\1"), tree + 32, word(tree))


def free_list_in_itself(data):
    """The list of free names is a circle: the HDF5 library takes all memory."""
    heap = address(data, 88)
    names = address(data, heap + 24)
    data = put_at(data, heap + 16, word(8))
    return put_at(put_at(data, names + 8, word(8)), names + 16, word(16))


def other_floats(file):
    """Four bytes whose exponent has seven bits: HDF5 reads other numbers than numpy."""
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(31, 23, 7, 0, 23)
    kind.set_ebias(63)
    name = first_dataset(file)
    space = h5py.h5s.create_simple(file[name].shape)
    values = file[name][()]
    del file[name]
    made = h5py.h5d.create(file.id, name.encode(), kind, space)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


def continued(data):
    """A header whose sixty continuations are all the rest of the file."""
    blocks = b""
    for index in range(60):
        start = 2048 + 8 * index
        blocks += b"\x10\0\x10\0" + bytes(4) + word(start) + word(len(data) - start)
    header = b"\1\0" + (64).to_bytes(2, "little") + b"\1\0\0\0"
    header += len(blocks).to_bytes(4, "little") + bytes(4)
    return put_at(put_at(data, 64, word(96)), 96, header + blocks)


def lengthened(data, more):
    """More at the end, and a header that says so."""
    return put_at(data + more, 40, word(len(data) + len(more)))


def one_place(data):
    """Two arrays whose data are the same bytes."""
    with h5py.File(io.BytesIO(data), "r") as file:
        found = []
        file.visititems(
            lambda _, item: found.append(item) if hasattr(item, "shape") else None
        )
        first = found[0]
        other = next(item for item in found[1:] if item.shape == first.shape)
        places = word(first.id.get_offset()), word(other.id.get_offset())
    return data.replace(places[1], places[0], 1)


def deep(file):
    """Five hundred groups, one in the other."""
    group = file
    for _ in range(500):
        group = group.create_group("g")


def many(file):
    """A thousand groups."""
    for index in range(1000):
        file.create_group(f"layers/g{index}")


def link(kind):
    """A link in place of the first array."""

    def change(file):
        name = first_dataset(file)
        del file[name]
        file[name] = kind

    return change


def external(file):
    """An array whose data lie in a file of the host."""
    name = first_dataset(file)
    shape = file[name].shape
    size = int(np.prod(shape)) * 4
    del file[name]
    file.create_dataset(name, shape, "f4", external=[("/etc/passwd", 0, size)])


def virtual(file):
    """An array that is a view of another file."""
    name = first_dataset(file)
    shape = file[name].shape
    del file[name]
    layout = h5py.VirtualLayout(shape, "f4")
    layout[...] = h5py.VirtualSource("other.h5", "x", shape)
    file.create_virtual_dataset(name, layout)


def unwritten(file):
    """An array that has no place in the file."""
    name = first_dataset(file)
    shape = file[name].shape
    del file[name]
    file.create_dataset(name, shape, "f4")


def values(number):
    """The first array with one number that is none."""

    def change(file):
        array = file[first_dataset(file)]
        array[(0,) * array.ndim] = number

    return change


def group_for_array(file):
    """A group in place of the first array."""
    name = first_dataset(file)
    del file[name]
    file.create_group(name)


def remove(file):
    """One array fewer."""
    del file[first_dataset(file)]


def offset_outside(data):
    """An array's address beyond the end of the file."""
    with h5py.File(io.BytesIO(data), "r") as file:
        start = file[first_dataset(file)].id.get_offset()
    return data.replace(start.to_bytes(8, "little"), (2**62).to_bytes(8, "little"), 1)


def nested(depth):
    """JSON of many levels."""
    return b"[" * depth + b"]" * depth


JSON_CASES = {
    **{
        f"config is {name}": content("config.json", data)
        for name, data in ALIEN.items()
    },
    "config with a byte order mark": content("config.json", b"\xef\xbb\xbf{}"),
    "config in UTF-16": content("config.json", "{}".encode("utf-16")),
    "config in Latin-1": content("config.json", '{"é": 1}'.encode("latin-1")),
    "config cut short": content("config.json", b'{"format": 1, "name"'),
    "config followed by more": content("config.json", b"{} {}"),
    "config of NaN": content("config.json", b'{"format": NaN}'),
    "config of Infinity": content("config.json", b'{"format": -Infinity}'),
    "config of 1e999": content("config.json", b'{"format": 1e999}'),
    "config with a key twice": content("config.json", b'{"format": 1, "format": 1}'),
    "config 13 levels deep": content("config.json", nested(13)),
    "config 30,000 levels deep": content("config.json", nested(30_000)),
    "config of nested objects": content("config.json", b'{"a":' * 9000),
    "config of a huge integer": content("config.json", b"[%d]" % 2**60),
    "config of 60,000 digits": content("config.json", b"9" * 60_000),
    "config over 64 KiB": content("config.json", b" " * 65_537),
    "config of Python": content("config.json", b"{'format': 1}"),
    "config of YAML": content("config.json", b"format: 1\nname: dcgan\n"),
    "config is a list": content("config.json", b"[]"),
    "config is null": content("config.json", b"null"),
    "config is text": content("config.json", b'"dcgan"'),
    "metadata is a list": content("metadata.json", b"[]"),
    "metadata is LFS pointer": content("metadata.json", LFS),
    "metadata over 256 KiB": content("metadata.json", b" " * 262_145),
    "metadata 13 levels deep": content("metadata.json", nested(13)),
    "config of quotes": content("config.json", b'"' + b'\\"' * 32_767),
    "metadata of quotes": content("metadata.json", b'"' + b'\\"' * 131_000),
    "recipe over 256 KiB": content("recipe.json", b" " * 262_145),
    "recipe of quotes": content("recipe.json", b'"' + b'\\"' * 131_000),
    "recipe is a list": content("recipe.json", b"[]"),
    "recipe is HTML": content("recipe.json", ALIEN["HTML"]),
    "recipe 13 levels deep": content("recipe.json", nested(13)),
}
LAMBDA = {"class_name": "__lambda__", "config": {"value": "4wEA"}}
FIELD_CASES = {
    **{f"config without {n}": without(n) for n in ("format", "name", "arguments")},
    **{
        f"config with {n}": field("config.json", **{n: {}})
        for n in ("module", "class_name", "build_config", "compile_config")
    },
    **{
        f"format {value!r}": field("config.json", format=value)
        for value in (2, 0, "1", True, 1.0, None, [1])
    },
    **{
        f"class {str(value)[:20]!r}": field("config.json", name=value)
        for value in (
            *("DCGAN", "keras.layers.Lambda", "os.system", "../dcgan", "dcgan\0", ""),
            *(None, ["dcgan"], {"class_name": "Lambda"}, "x" * 60_000),
            "feature_classifier",
        )
    },
    "a million layers": lambda folder: edit(
        folder, "config.json", name="feature_classifier", arguments={"blocks": 2**20}
    ),
    "a million layers of another GAN": lambda folder: edit(
        folder, "config.json", name="r3gan", arguments={"blocks": 2**20}
    ),
    "arguments are a list": field("config.json", arguments=[]),
    "arguments are null": field("config.json", arguments=None),
    **{
        f"{name}={str(value)[:24]!r}": argument(**{name: value})
        for name, value in (
            *(("__class__", "os"), ("generator", LAMBDA), ("tracked", ["x"])),
            *(("networks", "sampler"), ("dtype", "float64"), ("seed", 1)),
            *(("name", "x"), ("kwargs", {}), ("self", None), ("num_classes", 10)),
            *(("width", "8"), ("width", 8.0), ("width", True), ("width", -8)),
            *(("width", 0), ("width", 16), ("width", 2**20), ("width", 2**20 + 1)),
            *(("width", LAMBDA), ("width", None), ("width", [8])),
            *(("latent_dim", 2**20), ("latent_dim", None), ("latent_dim", 8.5)),
            *(("image_shape", "16"), ("image_shape", [16, 16])),
            *(("image_shape", [16.0, 16.0, 3.0]), ("image_shape", [-16, 16, 3])),
            *(("image_shape", [17, 16, 3]), ("image_shape", [0, 0, 0])),
            *(("image_shape", [2**20, 2**20, 3]), ("image_shape", [1] * 30_000)),
            *(("image_shape", [4096, 4096, 2]), ("image_shape", [[16], [16], 3])),
            *(("image_shape", [16] * 100), ("image_shape", {})),
            *(("penalty_weight", -1.0), ("penalty_weight", "1")),
            *(("instance_noise", 2), ("ema_decay", 1.0), ("ema_decay", [0.9])),
            *(("discriminator_steps", 0), ("discriminator_steps", "1")),
        )
    },
    **{
        f"metadata, {name}={str(value)[:24]!r}": field("metadata.json", **{name: value})
        for name, value in (
            *(("format", 2), ("kind", "evil"), ("kind", None), ("image_shape", "x")),
            *(("files", None), ("files", []), ("files", {}), ("fine_tuned_from", [1])),
            *(("data", {"source": "mnist", "run": "x"}), ("parameters", [1])),
            *(("parameters", {}), ("parameters", {"generator": 1})),
            *(("kind", "features"), ("model", "wgan_gp"), ("model", 60_000 * "x")),
            *(("image_shape", [16, 16, 1]), ("num_classes", 10)),
            *(("files", {"../x": {"size": 1, "sha256": "0" * 64}}), ("date", {})),
            ("files", {"/etc/passwd": {"size": 1, "sha256": "0" * 64}}),
            ("files", {f"f{n}": {"size": 1, "sha256": "0" * 64} for n in range(65)}),
        )
    },
    **{
        f"metadata, {name} of weights is {str(value)[:12]!r}": entry(
            GENERATOR, **{name: value}
        )
        for name, value in (
            *(("size", -1), ("size", 0), ("size", "1"), ("size", 2**53)),
            *(("sha256", "0" * 64), ("sha256", "F" * 64), ("sha256", 5), ("url", "x")),
        )
    },
    "recipe of an unknown field": recipe(run="rm -rf /"),
    "recipe of another class": recipe(model={"name": "os.system"}),
    "recipe of wrong arguments": recipe(
        model={"name": "dcgan", "arguments": {"width": [8], "generator": "x"}}
    ),
    "recipe of no phase": recipe(phases=[]),
    "recipe of 17 phases": recipe(phases=[{"batch_size": 1}] * 17),
    "recipe with a module": phase(optimizers={"generator": {"module": "os"}}),
    "recipe with a lambda": phase(optimizers={"generator": LAMBDA}),
    "recipe with an unknown rate": phase(
        optimizers={"generator": {"name": "adam", "learning_rate": -1}}
    ),
    "recipe of 1000 bad phases": recipe(phases=[{"a": 1}] * 1000),
    "recipe of 2**50 updates": phase(updates=2**50),
}
PLACE_CASES = {
    **{
        f"{file} is missing": lambda folder, file=file: (folder / file).unlink()
        for file in ("config.json", "metadata.json", GENERATOR, DISCRIMINATOR)
    },
    **{
        f"{file} is {what}": instead(file, make)
        for file in ("config.json", GENERATOR)
        for what, make in {
            "a link to the host": lambda p: p.symlink_to("/etc/passwd"),
            "a dangling link": lambda p: p.symlink_to("nowhere"),
            "a link to itself": lambda p: p.symlink_to(p.name),
            "a link to a device": lambda p: p.symlink_to("/dev/zero"),
            "a pipe": os.mkfifo,
            "a folder": os.mkdir,
        }.items()
    },
    "a recipe that is a link": lambda folder: (folder / "recipe.json").symlink_to("/"),
    "a config of 1 GiB": sparse("config.json", 2**30),
    "weights of 5 GiB": sparse(GENERATOR, 5 * 2**30),
    "weights of 2 GiB": sparse(DISCRIMINATOR, 2**31),
}
WEIGHT_CASES = {
    **{f"weights are {name}": content(GENERATOR, data) for name, data in ALIEN.items()},
    "weights are a ZIP archive": content(GENERATOR, zipped("../../evil.py")),
    "weights are numpy's": content(GENERATOR, npz()),
    "weights are one byte": content(GENERATOR, b"\x89"),
    "weights are a signature": content(GENERATOR, b"\x89HDF\r\n\x1a\n"),
    "weights follow a user block": bytes_of(lambda data: bytes(512) + data),
    "weights precede a ZIP archive": bytes_of(lambda data: data + zipped("evil.py")),
    "weights and one byte more": bytes_of(lambda data: data + b"\0"),
    **{f"weights cut to {s:.0%}": truncated(s) for s in (0.99, 0.5, 0.1, 0.001)},
    "weights of another network": lambda folder: put(
        folder, GENERATOR, (folder / DISCRIMINATOR).read_bytes()
    ),
    "an array is missing": weights(remove),
    "an array too many": weights(lambda file: file.create_dataset("x", data=[1.0])),
    "a group too many": weights(lambda file: file.create_group("layers/evil/vars")),
    "a group in place of an array": weights(group_for_array),
    "five hundred groups deep": weights(deep),
    "a thousand groups": weights(many),
    **{
        f"an array of {dtype}": weights(of_dtype(dtype))
        for dtype in ("f8", "f2", "i4", "c8", ">f4", "S4", "f4,i4", h5py.string_dtype())
    },
    "an array of another shape": weights(lambda f: replace(f, data=np.zeros((9, 9)))),
    "an array without a shape": weights(lambda f: replace(f, data=h5py.Empty("f4"))),
    "an array of NaN": weights(values(np.nan)),
    "an array of infinity": weights(values(np.inf)),
    "NaN in the discriminator": weights(values(np.nan), DISCRIMINATOR),
    "an array in chunks": weights(lambda f: replace(f, chunks=True)),
    "an array compressed": weights(lambda f: replace(f, compression="gzip")),
    "an array shuffled": weights(lambda f: replace(f, shuffle=True)),
    "an array with checksums": weights(lambda f: replace(f, fletcher32=True)),
    "an array that can grow": weights(
        lambda f: replace(f, maxshape=(None,) * f[first_dataset(f)].ndim)
    ),
    "an array that declares 4 GiB": weights(bomb),
    "an array never written": weights(unwritten),
    "an array in a file of the host": weights(external),
    "an array that views another file": weights(virtual),
    "a link to a file of the host": weights(
        link(h5py.ExternalLink("/etc/passwd", "/"))
    ),
    "a link within the file": weights(link(h5py.SoftLink("/layers"))),
    "a link to nowhere": weights(link(h5py.SoftLink("/nowhere"))),
    "a cycle": weights(cycle),
    "one array for two": weights(twice),
    "an address outside of the file": bytes_of(offset_outside),
    "a tree in itself": bytes_of(tree_in_itself),
    "a free list in itself, and a surplus array": lambda folder: (
        weights(lambda file: file.create_dataset("x", data=[1.0]))(folder),
        bytes_of(free_list_in_itself)(folder),
    ),
    "an array of other floats": weights(other_floats),
    "a header that continues everywhere": bytes_of(continued),
    "two arrays in one place": bytes_of(one_place),
    "1 GiB of weights that claim 5 bytes": lambda folder: (
        argument(width=8192)(folder),
        sparse(GENERATOR, 2**30)(folder),
        entry(GENERATOR, size=5)(folder),
    ),
}
CASES = JSON_CASES | FIELD_CASES | PLACE_CASES | WEIGHT_CASES
NAMED = {  # the file that is to blame, by the first word of the case's name
    **dict.fromkeys(("config", "format", "class", "arguments"), "config.json"),
    **{"metadata": "metadata.json", "recipe": "recipe.json"},
}
REASONS = {  # what is said of weight files, by a part of the case's name
    "must be an HDF5 weight file": (
        *("are empty", "are HTML", "are pickle", "are LFS", "are NUL", "are gzip"),
        *("are a ZIP", "are numpy's", "are one byte", "follow a user block"),
    ),
    "weights take": ("are a signature", "cut to 10%", "cut to 0%"),
    "a superblock for": ("precede a ZIP", "one byte more", "cut to 99%", "cut to 50%"),
    "Surplus": (
        *("of another network", "too many", "a group in place", "groups deep"),
        *("a thousand groups", "a free list"),
    ),
    "Missing": ("is missing",),
    "must be float32": (
        *("an array of f", "an array of i4", "an array of c8", "an array of >f4"),
        *("an array of S4", "an array of object", "other floats", "another shape"),
    ),
    "must be finite": ("of NaN", "of infinity", "NaN in"),
    "not stored in one piece": ("in chunks", "can grow", "declares 4 GiB"),
    "a filter": ("compressed", "shuffled", "checksums"),
    "axes that are not": ("without a shape",),
    "outside of it": ("never written", "an address outside"),
    "data in a file elsewhere": ("in a file of the host",),
    "a message that is cut short": ("views another file",),
    "more messages than it says": ("continues everywhere",),
    "a link": ("a link",),
    "a cycle or a copy": ("a cycle", "one array for two", "a tree", "in one place"),
    "must not exceed 5 bytes": ("claim 5 bytes",),
}
