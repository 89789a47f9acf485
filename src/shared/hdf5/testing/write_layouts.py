"""Writes HDF5 files of many layouts with h5py, and beside each what h5py reads from it, as JSON.

usage: write_layouts.py small|all FOLDER     or     write_layouts.py report FILE...
`small` are the files kept in `files`. A report has for each dataset of frames: type, shape, and for each frame the SHA-256 of its
pixels and where its chunk lies ([offset, size]; null: never written; absent: the dataset has no chunks of one frame).
"""
import hashlib
import json
import os
import sys

import h5py
import numpy

BITSHUFFLE, LZ4 = 32008, 32004
FILTERS = {
    "none": {},
    "gzip": {"compression": "gzip"},
    "shuffle_gzip": {"compression": "gzip", "shuffle": True},
    "lz4": {"compression": LZ4},
    "bslz4": {"compression": BITSHUFFLE, "compression_opts": (0, 2)},
}
FAR = (0, 3, 5, 100, 3000, 3001, 40000, 131100, 133200, 299999)
random = numpy.random.default_rng(20261122)


def pixels(shape, dtype):
    values = random.poisson(1.5, shape)
    if numpy.dtype(dtype).kind == "i":
        values = values - 1
    return values.astype(dtype)


def add(group, name, shape, dtype="<u2", chunks=None, maxshape=None, data=True, early=False, **options):
    if early:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk(chunks)
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        space = h5py.h5s.create_simple(shape, maxshape or shape)
        dtype_id = h5py.h5t.py_create(numpy.dtype(dtype))
        made = h5py.Dataset(h5py.h5d.create(group.id, name.encode(), dtype_id, space, plist))
    else:
        made = group.create_dataset(name, shape, dtype=dtype, chunks=chunks, maxshape=maxshape, **options)
    if data:
        made[...] = pixels(shape, dtype)
    return made


def index_types(group, filters):
    """Every kind of chunk index the library makes of these shapes; the old library version makes B-trees of all."""
    for name in filters:
        options = FILTERS[name]
        add(group, f"single_{name}", (1, 8, 16), chunks=(1, 8, 16), **options)
        add(group, f"fixed_{name}", (5, 8, 16), chunks=(1, 8, 16), **options)
        add(group, f"extensible_{name}", (9, 8, 16), chunks=(1, 8, 16), maxshape=(None, 8, 16), **options)
        tree = add(group, f"tree_{name}", (7, 8, 16), chunks=(1, 8, 16), maxshape=(None, None, 16), **options)
        tree.attrs["image_nr_low"] = numpy.int32(3)
    add(group, "implicit", (4, 8, 16), chunks=(1, 8, 16), early=True)
    add(group, "contiguous", (3, 8, 16))
    add(group, "one_image", (8, 16), dtype="<i4")
    add(group, "plain_of_three", (7, 8, 16), chunks=(3, 8, 16))
    channels = add(group, "channels", (4, 2, 8, 16), chunks=(1, 1, 8, 16), maxshape=(None, 2, 8, 16), data=False)
    channels[1:3] = pixels((2, 2, 8, 16), "<u2")
    # Only some frames were ever written.
    gaps = add(group, "gaps", (30, 8, 16), chunks=(1, 8, 16), maxshape=(None, 8, 16), data=False, **FILTERS["gzip"])
    for frame in (0, 3, 4, 29):
        gaps[frame] = pixels((8, 16), "<u2")


def other_things(file):
    file["soft"] = h5py.SoftLink("/frames/single_gzip")
    file["loop"] = h5py.SoftLink("/loop")
    file["elsewhere"] = h5py.ExternalLink("other_file.h5", "/entry/data/data")
    file.create_dataset("names", data=["first", "second, longer"], dtype=h5py.string_dtype())
    file.create_dataset("fixed_names", data=numpy.array([b"one", b"two"], dtype="S5"))
    file["frames/fixed_gzip"].attrs["text"] = "a text"
    file["frames/fixed_gzip"].attrs["number"] = 2.5


def write_small(folder):
    for version in ("earliest", "latest"):
        with h5py.File(os.path.join(folder, f"layouts_{version}.h5"), "w", libver=version) as file:
            # Old B-trees are large: one filter keeps the file small.
            index_types(file.create_group("frames"), ["gzip"] if version == "earliest" else ["none", "gzip"])
            other_things(file)
    write_series(folder)


def write_series(folder):
    """Three data files, of which the last never came, and masters that show them as links, as one view, and as channels."""
    counts = (3, 2, 2)
    names = [f"series_data_{n + 1:06d}.h5" for n in range(3)]
    every = pixels((7, 2, 8, 16), "<u2")
    first = 0
    for name, count in list(zip(names, counts))[:2]:
        with h5py.File(os.path.join(folder, name), "w", libver="latest") as file:
            part = every[first : first + count]
            options = {"dtype": "<u2", "compression": "gzip"}
            data = file.create_dataset(
                "entry/data/data", data=part[:, 0], chunks=(1, 8, 16), maxshape=(None, 8, 16), **options
            )
            data.attrs["image_nr_low"] = numpy.int32(first + 1)
            file.create_dataset("entry/data/difference", data=part[:, 1], chunks=(1, 8, 16), **options)
        first += count
    with h5py.File(os.path.join(folder, "series_links.h5"), "w", libver="latest") as file:
        for n, name in enumerate(names):
            file[f"entry/data/data_{n + 1:06d}"] = h5py.ExternalLink(name, "/entry/data/data")
    for version in ("earliest", "latest"):
        with h5py.File(os.path.join(folder, f"series_view_{version}.h5"), "w", libver=version) as file:
            view = h5py.VirtualLayout((7, 8, 16), "<u2")
            channels = h5py.VirtualLayout((7, 2, 8, 16), "<u2")
            first = 0
            for name, count in zip(names, counts):
                for channel, place in enumerate(("data", "difference")):
                    source = h5py.VirtualSource(name, f"/entry/data/{place}", (count, 8, 16), "<u2")
                    channels[first : first + count, channel] = source
                    if channel == 0:
                        view[first : first + count] = source
                first += count
            file.create_virtual_dataset("entry/data/data", view)
            with h5py.File(os.path.join(folder, f"series_channels_{version}.h5"), "w", libver=version) as other:
                other.create_virtual_dataset("entry/data/data", channels)
                other.create_dataset("entry/data/channel", data=["threshold_1", "difference"], dtype=h5py.string_dtype())


def write_all(folder):
    write_masters(folder)
    for version in ("earliest", "latest"):
        path = lambda name: os.path.join(folder, f"{name}_{version}.h5")
        with h5py.File(path("filters"), "w", libver=version) as file:
            index_types(file.create_group("frames"), list(FILTERS))
            other_things(file)
        with h5py.File(path("types"), "w", libver=version) as file:
            for dtype in ("|u1", "<u2", "<u4", "<u8", "|i1", "<i2", "<i4", "<i8", "<f4", "<f8"):
                for name, options in FILTERS.items():
                    # 19 x 37 pixels: no multiple of the eight elements that bitshuffle turns at once.
                    group = file.require_group(dtype[1:])
                    add(group, name, (3, 19, 37), dtype=dtype, chunks=(1, 19, 37), maxshape=(None, 19, 37), **options)
        with h5py.File(path("userblock"), "w", libver=version, userblock_size=1024) as file:
            index_types(file, ["none", "gzip"])
        with h5py.File(path("many"), "w", libver=version) as file:
            add(file, "fixed_paged", (2100, 2, 2), chunks=(1, 2, 2))
            add(file, "fixed_paged_gzip", (1100, 2, 2), chunks=(1, 2, 2), compression="gzip")
            far = add(file, "extensible_far", (300000, 2, 2), chunks=(1, 2, 2), maxshape=(None, 2, 2), data=False)
            for frame in FAR:
                far[frame] = pixels((2, 2), "<u2")
            add(file, "extensible_many", (1200, 2, 2), chunks=(1, 2, 2), maxshape=(None, 2, 2), compression="gzip")
            add(file, "tree_many", (1200, 2, 2), chunks=(1, 2, 2), maxshape=(None, None, 2), compression="gzip")
            # The axis without limit is not the slowest one.
            wide = add(file, "channels_grow", (40, 3, 4, 4), chunks=(1, 1, 4, 4), maxshape=(40, None, 4, 4), data=False)
            wide[...] = pixels(wide.shape, "<u2")
            smaller = add(file, "made_smaller", (20, 2, 2), chunks=(1, 2, 2), maxshape=(50, 2, 2))
            smaller.resize((6, 2, 2))
            group = file.create_group("crowd")
            for n in range(700):
                group.create_dataset(f"number_{n}", data=n)
            add(group, "frames", (2, 4, 4), chunks=(1, 4, 4))
            for n in range(40):
                group["frames"].attrs[f"attribute_{n}"] = f"value {n}"
            group["frames"].attrs["image_nr_low"] = numpy.uint64(17)


def write_masters(folder):
    """Masters of several channels over one data file, in another order than there, and with images of their own."""
    for version in ("earliest", "latest"):
        path = lambda name: os.path.join(folder, f"{name}_{version}.h5")
        with h5py.File(path("channel_data"), "w", libver=version) as file:
            data = add(file, "entry/data/all", (6, 3, 8, 16), chunks=(1, 1, 8, 16), compression="gzip")
            add(file, "entry/data/single", (6, 8, 16), chunks=(1, 8, 16), compression="gzip")
            shape = data.shape
        source = h5py.VirtualSource(os.path.basename(path("channel_data")), "/entry/data/all", shape, "<u2")
        single = h5py.VirtualSource(os.path.basename(path("channel_data")), "/entry/data/single", (6, 8, 16), "<u2")
        with h5py.File(path("channel_views"), "w", libver=version) as file:
            whole = h5py.VirtualLayout((6, 3, 8, 16), "<u2")
            whole[:, 0] = source[:, 2]
            whole[:, 1] = single
            whole[:, 2] = source[:, 0]
            file.create_virtual_dataset("entry/data/data", whole)
            file.create_dataset("entry/data/channel", data=["high", "single", "low"], dtype=h5py.string_dtype())
        with h5py.File(path("channel_each"), "w", libver=version) as file:
            for name, part in (("data", source[:, 1]), ("high", source[:, 2]), ("single", single)):
                view = h5py.VirtualLayout((6, 8, 16), "<u2")
                view[...] = part
                file.create_virtual_dataset(f"entry/data/{name}", view)
        with h5py.File(path("channel_own"), "w", libver=version) as file:
            for group, kind in (("data", "NXdata"), ("data_2", "NXdata"), ("instrument", "NXinstrument")):
                file.require_group(f"entry/{group}").attrs["NX_class"] = kind
            add(file, "entry/data/data", (5, 8, 16), dtype="<i4", chunks=(1, 8, 16), compression="gzip")
            add(file, "entry/data_2/data", (5, 4, 10), dtype="<f4")
            module = add(file, "entry/instrument/module/data", (5, 6, 6), dtype="|u1", chunks=(2, 6, 6))
            module.parent.attrs["NX_class"] = "NXdetector"


def frame_chunk(dataset, offset):
    info = dataset.id.get_chunk_info_by_coord(offset)
    return None if info.byte_offset is None else [info.byte_offset, info.size]


def report(path):
    found = {}

    def visit(name, entity):
        if not isinstance(entity, h5py.Dataset) or entity.ndim < 2:
            return
        shape = entity.shape
        count = shape[0] if entity.ndim > 2 else 1
        channels = shape[1] if entity.ndim == 4 else 1
        # The library (1.10) tells wrong addresses behind a user block, and none of chunks that grow along another axis than the first.
        is_odd = entity.file.userblock_size > 0 or None in entity.maxshape[1:2] and entity.maxshape[0] is not None
        is_told = entity.chunks is not None and not is_odd
        one_per_chunk = is_told and entity.chunks[:-2] == (1,) * (entity.ndim - 2)
        frames, chunks = [], []
        total = count * channels
        # The library goes through the whole index for each chunk that is asked for: of very many only those that were written.
        looked_at = FAR if total > 20000 else range(total)
        for n in looked_at:
            at = (n // channels,) + ((n % channels,) if entity.ndim == 4 else ()) if entity.ndim > 2 else ()
            place = frame_chunk(entity, at + (0, 0)) if one_per_chunk else False
            chunks.append(place)
            if place is None:
                frames.append(None)
            else:
                frames.append(hashlib.sha256(entity[at].tobytes()).hexdigest())
        if total > 20000:
            frames = dict(zip(looked_at, frames))
            chunks = dict(zip(looked_at, chunks))
        found["/" + name] = {
            "dtype": entity.dtype.str[1:],
            "shape": list(shape),
            "channels": channels,
            "frames": frames,
            **({"chunks": chunks} if one_per_chunk else {}),
        }

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


if __name__ == "__main__":
    mode, *rest = sys.argv[1:]
    if mode == "report":
        print(json.dumps({os.path.basename(path): report(path) for path in rest}))
    else:
        folder = rest[0]
        {"small": write_small, "all": write_all}[mode](folder)
        for name in sorted(os.listdir(folder)):
            # Views read as if the file that is not there held zeros: no judge of what is stored.
            if name.endswith(".h5") and not name.startswith(("series_view", "series_channels", "series_links")):
                with open(os.path.join(folder, name[:-3] + ".json"), "w") as out:
                    out.write(json.dumps(report(os.path.join(folder, name))) + "\n")
