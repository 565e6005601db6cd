"""Ways to spoil a weight file: by the HDF5 library, and in its bytes."""

import io

import h5py
import numpy as np


def first_dataset(group) -> str:
    """The path of the first array."""
    names = []
    group.visititems(
        lambda name, item: names.append(name) if hasattr(item, "shape") else None
    )
    return names[0]


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


def one_place(data):
    """Two arrays whose data are the same bytes."""
    with h5py.File(io.BytesIO(data), "r") as file:
        arrays = []
        file.visititems(
            lambda _, item: arrays.append(item) if hasattr(item, "shape") else None
        )
        first = arrays[0]
        other = next(item for item in arrays[1:] if item.shape == first.shape)
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
