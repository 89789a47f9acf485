"""Reads a master with h5py, DIALS (dxtbx) or neggia and prints what was found as one JSON object.

usage: read_series.py h5py|dxtbx MASTER   or   read_series.py neggia MASTER PLUGIN.so
Pixels are reported as SHA-256 of the little-endian array, frame by frame.
"""
import ctypes
import hashlib
import json
import os
import sys


def sha(data):
    return hashlib.sha256(bytes(data)).hexdigest()


def read_h5py(master):
    import h5py

    folder = os.path.dirname(master)
    result = {"channels": {}, "links": {}, "chunks": {}}
    with h5py.File(master, "r") as handle:
        data = handle["/entry/data"]
        for name in data:
            link = data.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                result["links"][name] = [link.filename, link.path, list(data[name].shape)]
                with h5py.File(os.path.join(folder, link.filename), "r") as part:
                    for channel, dataset in part["/entry/data"].items():
                        rows = result["chunks"].setdefault(channel, [])
                        for row in range(dataset.shape[0]):
                            offset = (row,) + (0,) * (dataset.ndim - 1)
                            info = dataset.id.get_chunk_info_by_coord(offset)
                            if info.byte_offset is None:
                                rows.append(None)
                            else:
                                mask, blob = dataset.id.read_direct_chunk(offset)
                                rows.append([mask, sha(blob)])
            elif data[name].ndim == 4:
                every = data[name]
                names = [channel.decode() for channel in data["channel"]]
                result["all"] = {
                    "name": name,
                    "axes": [axis.decode() for axis in every.attrs["axes"]],
                    "shape": list(every.shape),
                    "virtual": every.is_virtual,
                    "frames": {
                        channel: [sha(every[row, index].tobytes()) for row in range(every.shape[0])]
                        for index, channel in enumerate(names)
                    },
                }
            elif data[name].ndim == 3:
                dataset = data[name]
                result["channels"][name] = {
                    "dtype": dataset.dtype.str,
                    "shape": list(dataset.shape),
                    "virtual": dataset.is_virtual,
                    "fill": int(dataset.fillvalue),
                    "frames": [sha(dataset[row].tobytes()) for row in range(dataset.shape[0])],
                }
        mask = handle["/entry/instrument/detector"].get("pixel_mask")
        if mask is not None:
            plain = handle["/entry/instrument/detector/detectorSpecific/pixel_mask"]
            result["mask"] = {"stored": sha(mask[()].tobytes()), "plain": sha(plain[()].tobytes())}
    return result


def read_dxtbx(master):
    import dxtbx
    from dxtbx.model.experiment_list import ExperimentListFactory

    format_instance = dxtbx.load(master)
    count = format_instance.get_num_images()
    frames = []
    for index in range(count):
        raw = format_instance.get_raw_data(index)
        panel = raw[0] if isinstance(raw, tuple) else raw
        frames.append(sha(panel.as_numpy_array().astype("<i4").tobytes()))
    experiments = ExperimentListFactory.from_filenames([master])
    first = experiments[0]
    scan = first.scan
    mask = format_instance.get_static_mask()
    return {
        "format": type(format_instance).__name__,
        "images": count,
        "frames": frames,
        "experiments": len(experiments),
        "imageset": type(first.imageset).__name__,
        "oscillation": list(scan.get_oscillation()) if scan else None,
        "axis": list(first.goniometer.get_rotation_axis()) if first.goniometer else None,
        "distance": first.detector[0].get_distance(),
        "origin": list(first.detector[0].get_origin()),
        "trusted": list(first.detector[0].get_trusted_range()),
        "wavelength": first.beam.get_wavelength(),
        "masked": mask[0].count(False) if mask else None,
    }


def read_neggia(master, plugin):
    library = ctypes.CDLL(plugin)
    info = (ctypes.c_int * 1024)()
    error = ctypes.c_int()
    nx, ny, nbytes, count = (ctypes.c_int() for _ in range(4))
    qx, qy = ctypes.c_float(), ctypes.c_float()
    ref = ctypes.byref
    library.plugin_open(ctypes.c_char_p(master.encode()), info, ref(error))
    if error.value:
        return {"error": error.value, "at": "open"}
    library.plugin_get_header(ref(nx), ref(ny), ref(nbytes), ref(qx), ref(qy), ref(count), info, ref(error))
    if error.value:
        return {"error": error.value, "at": "header"}
    frames = []
    pixels = (ctypes.c_int32 * (nx.value * ny.value))()
    for number in range(1, count.value + 1):
        library.plugin_get_data(ref(ctypes.c_int(number)), ref(nx), ref(ny), pixels, info, ref(error))
        frames.append(None if error.value else sha(pixels))
    library.plugin_close(ref(error))
    size = [ny.value, nx.value]
    return {"size": size, "images": count.value, "bytes": nbytes.value, "pixelSizeM": qx.value, "frames": frames}


if __name__ == "__main__":
    reader = {"h5py": read_h5py, "dxtbx": read_dxtbx, "neggia": read_neggia}[sys.argv[1]]
    print(json.dumps(reader(*sys.argv[2:])))
