"""Presets that must be refused: how each one is spoiled, and the reason given."""

import hashlib
import os
import pickle
from pathlib import Path

import h5py
import numpy as np

import kerasgan
from tests.support import spoil_hdf5 as hdf5
from tests.support.spoil import (
    DISCRIMINATOR,
    GENERATOR,
    argument,
    bytes_of,
    content,
    edit,
    entry,
    field,
    instead,
    nested,
    npz,
    phase,
    put,
    recipe,
    sparse,
    truncated,
    weights,
    without,
    zipped,
)

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
    """The hash of the code that checks a preset's files before they are used."""
    names = ("configs", "documents", "hdf5", "metadata", "recipes", "schemas")
    names = (*names, "upgrade", "weight_files")
    presets = Path(kerasgan.__file__).with_name("presets")
    files = [presets / f"{name}.py" for name in names]
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(content).hexdigest()[:12]


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
            *(("__class__", "os"), ("generator", LAMBDA), ("logged", ["x"])),
            *(("condition", LAMBDA), ("given", {}), ("loss", "os.system"), ("loss", 1)),
            *(("loss", LAMBDA), ("loss", "x" * 2000)),
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
            *(("format", 3), ("format", 0), ("format", True), ("kind", "evil")),
            *(("kind", None), ("image_shape", "x"), ("condition", "evil")),
            *(("class_names", ["0"] * 3), ("class_names", "ten"), ("caption", "\0")),
            *(("class_shares", [0.5, 0.5]), ("class_shares", ["1"])),
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
    "recipe of an unknown player": phase(players=["os"]),
    "recipe of a phase without players": phase(players=[]),
    "recipe of a schedule for nobody": phase(schedules={"os": {"name": "linear"}}),
    "recipe of format 3": recipe(format=3),
    "recipe of format 1 with an odd gamma": recipe(
        format=1,
        model={"name": "r3gan", "arguments": {"final_penalty_weight": LAMBDA}},
    ),
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
    "an array is missing": weights(hdf5.remove),
    "an array too many": weights(lambda file: file.create_dataset("x", data=[1.0])),
    "a group in place of an array": weights(hdf5.group_for_array),
    **{
        f"an array of {dtype}": weights(hdf5.of_dtype(dtype))
        for dtype in ("f8", "f2", "i4", "c8", ">f4", "S4", "f4,i4", h5py.string_dtype())
    },
    "an array of another shape": weights(
        lambda f: hdf5.replace(f, data=np.zeros((9, 9)))
    ),
    "an array without a shape": weights(
        lambda f: hdf5.replace(f, data=h5py.Empty("f4"))
    ),
    "an array of NaN": weights(hdf5.values(np.nan)),
    "an array of infinity": weights(hdf5.values(np.inf)),
    "NaN in the discriminator": weights(hdf5.values(np.nan), DISCRIMINATOR),
    "an array in chunks": weights(lambda f: hdf5.replace(f, chunks=True)),
    "an array compressed": weights(lambda f: hdf5.replace(f, compression="gzip")),
    "an array shuffled": weights(lambda f: hdf5.replace(f, shuffle=True)),
    "an array with checksums": weights(lambda f: hdf5.replace(f, fletcher32=True)),
    "an array that can grow": weights(
        lambda f: hdf5.replace(f, maxshape=(None,) * f[hdf5.first_dataset(f)].ndim)
    ),
    "an array that declares 4 GiB": weights(hdf5.bomb),
    "an array never written": weights(hdf5.unwritten),
    "an array in a file of the host": weights(hdf5.external),
    "an array that views another file": weights(hdf5.virtual),
    "a link to a file of the host": weights(
        hdf5.link(h5py.ExternalLink("/etc/passwd", "/"))
    ),
    "a link within the file": weights(hdf5.link(h5py.SoftLink("/layers"))),
    "a link to nowhere": weights(hdf5.link(h5py.SoftLink("/nowhere"))),
    "a cycle": weights(hdf5.cycle),
    "one array for two": weights(hdf5.twice),
    "an address outside of the file": bytes_of(hdf5.offset_outside),
    "a tree in itself": bytes_of(hdf5.tree_in_itself),
    "a free list in itself, and a surplus array": lambda folder: (
        weights(lambda file: file.create_dataset("x", data=[1.0]))(folder),
        bytes_of(hdf5.free_list_in_itself)(folder),
    ),
    "an array of other floats": weights(hdf5.other_floats),
    "a header that continues everywhere": bytes_of(hdf5.continued),
    "two arrays in one place": bytes_of(hdf5.one_place),
    "1 GiB of weights that claim 5 bytes": lambda folder: (
        argument(width=8192)(folder),
        sparse(GENERATOR, 2**30)(folder),
        entry(GENERATOR, size=5)(folder),
    ),
}
HARMLESS = {  # groups have no numbers
    "a group too many": weights(lambda file: file.create_group("layers/evil/vars")),
    "five hundred groups deep": weights(hdf5.deep),
    "a thousand groups": weights(hdf5.many),
}
CASES = JSON_CASES | FIELD_CASES | PLACE_CASES | WEIGHT_CASES
NAMED = {  # the file in the message, by the first word of the case's name
    **dict.fromkeys(("config", "format", "class", "arguments"), "config.json"),
    **{"metadata": "metadata.json", "recipe": "recipe.json"},
}
REASONS = {  # the reasons given for weight files, by a part of the case's name
    "must be an HDF5 weight file": (
        *("are empty", "are HTML", "are pickle", "are LFS", "are NUL", "are gzip"),
        *("are a ZIP", "are numpy's", "are one byte", "follow a user block"),
    ),
    "weights take": ("are a signature", "cut to 10%", "cut to 0%"),
    "a superblock for": ("precede a ZIP", "one byte more", "cut to 99%", "cut to 50%"),
    "belong to another architecture": ("of another network",),
    "Surplus": ("an array too many", "a free list"),
    "Missing": ("is missing", "a group in place"),
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
    "a cycle or a copy": (
        "a cycle",
        "one array for two",
        "a tree",
        "in one place",
    ),
    "must not exceed 5 bytes": ("claim 5 bytes",),
}
