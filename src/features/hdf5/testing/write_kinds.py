"""Writes the HDF5 files that the explorer's tests read, with h5py, and beside them what h5py reads from them, as JSON.

usage: write_kinds.py FOLDER     (needs the plugin of bitshuffle, 32008, in HDF5_PLUGIN_PATH)
`large_head.h5` is the beginning of a file of 20 GB: behind it lie only the values of one dataset in one piece.
"""
import json
import os
import sys

import h5py
import numpy

BITSHUFFLE = 32008
folder = sys.argv[1]
place = lambda name: os.path.join(folder, name)


def kinds(version):
    with h5py.File(place(f"kinds_{version}.h5"), "w", libver=version) as file:
        file.attrs["default"] = "entry"
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        entry.attrs["default"] = "spectrum"
        spectrum = entry.create_group("spectrum")
        spectrum.attrs["NX_class"] = "NXdata"
        spectrum.attrs["signal"] = "counts"
        spectrum.attrs["axes"] = numpy.array(["energy"], dtype=h5py.string_dtype())
        spectrum["counts"] = numpy.arange(20, dtype="<u4") ** 2
        spectrum["energy"] = numpy.linspace(6, 7, 20)
        values = file.create_group("values")
        for dtype in ("|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", ">i2", ">u4", ">f8"):
            name = dtype.replace("<", "le_").replace(">", "be_").replace("|", "")
            values[name] = (numpy.arange(24).reshape(2, 3, 4) - (12 if "u" not in dtype else 0)).astype(dtype)
        values["largest"] = numpy.array([2**64 - 1, 2**63], dtype="<u8")
        values["scalar"] = numpy.float64(2.5)
        values["text"] = "Ångström"
        values.create_dataset("texts", data=["one", "", "drei, vier"], dtype=h5py.string_dtype())
        values["fixed"] = numpy.array([b"ab", b"cdef"], dtype="S4")
        values["truth"] = numpy.array([True, False, True])
        values.create_dataset("names", data=[0, 2, 1], dtype=h5py.enum_dtype({"CLOSED": 0, "OPEN": 1, "MOVING": 2}, basetype="i1"))
        values["complex"] = numpy.array([1 + 2j, -3.5j])
        record = numpy.dtype([("name", h5py.string_dtype()), ("x", ">f8"), ("hkl", "<i2", (3,)), ("good", "<u2")])
        rows = numpy.empty(2, dtype=record)
        rows[0] = ("first", 1.5, (1, 2, -3), 7)
        rows[1] = ("second", -2.25, (0, 0, 4), 65535)
        values["records"] = rows
        lists = values.create_dataset("lists", (2,), dtype=h5py.vlen_dtype("<i4"))
        lists[0], lists[1] = [1, 2, 3], []
        references = values.create_dataset("references", (2,), dtype=h5py.ref_dtype)
        references[0] = file["entry"].ref
        values["opaque"] = numpy.array([b"\x01\x02\x03"], dtype="V3")
        values["nothing"] = h5py.Empty("<f4")
        values["none"] = numpy.zeros((0, 4), dtype="<f4")
        values["entry_again"] = file["entry"]
        entry["circle"] = file["/"]
        entry["soft_circle"] = h5py.SoftLink("/entry")
        entry["nowhere"] = h5py.SoftLink("/not/there")
        if version == "latest":
            crowd = file.create_group("crowd")
            for n in range(450):
                crowd.create_group(f"g{n:04d}")
        packed = numpy.arange(3 * 40 * 50, dtype="<u4").reshape(3, 40, 50)
        options = {"compression": BITSHUFFLE, "compression_opts": (0, 2)}
        file.create_dataset("packed", data=packed, chunks=(1, 40, 50), **options)


def legacy():
    with h5py.File(place("legacy_nexus.h5"), "w", libver="earliest") as file:
        entry = file.create_group("entry1")
        entry.attrs["NX_class"] = numpy.bytes_("NXentry")
        data = entry.create_group("plot")
        data.attrs["NX_class"] = numpy.bytes_("NXdata")
        data["theta"] = numpy.linspace(1, 2, 5)
        data["counts"] = numpy.array([1, 5, 9, 4, 2], dtype="<i4")
        data["counts"].attrs["signal"] = 1
        data["counts"].attrs["axes"] = numpy.bytes_("theta")


def views():
    layout = h5py.VirtualLayout((3, 40, 50), "<u4")
    layout[:] = h5py.VirtualSource("kinds_earliest.h5", "/packed", (3, 40, 50), "<u4")
    with h5py.File(place("view_of_packed.h5"), "w", libver="latest") as file:
        file.create_virtual_dataset("view", layout)
        file["outside"] = h5py.ExternalLink("kinds_earliest.h5", "/")
        file["absent"] = h5py.ExternalLink("never_came.h5", "/entry")


def large():
    path = place("large.h5")
    with h5py.File(path, "w", libver="latest") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((5000, 1024, 1024))
        group = file.create_group("entry")
        data = h5py.Dataset(h5py.h5d.create(group.id, b"data", h5py.h5t.NATIVE_UINT32, space, plist))
        data.attrs["unit"] = "counts"
        offset = data.id.get_offset()
    size = os.path.getsize(path)
    with open(path, "rb") as whole, open(place("large_head.h5"), "wb") as head:
        head.write(whole.read(offset))
    os.remove(path)
    return {"offset": offset, "sizeBytes": size}


kinds("earliest")
kinds("latest")
legacy()
views()
told = {"large": large()}
with h5py.File(place("kinds_latest.h5")) as file:
    told["values"] = {
        name: numpy.asarray(item[()], dtype="f8").ravel().tolist()
        for name, item in file["values"].items()
        if isinstance(item, h5py.Dataset) and item.shape and item.dtype.kind in "iuf" and name not in ("largest", "names")
    }
json.dump(told, open(place("kinds.json"), "w"), indent=1)
