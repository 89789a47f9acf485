"""Spots as DIALS finds them, and the pixels they are in, for the comparison with ours. Arguments: master, folder."""

import json
import subprocess
import sys

import h5py


master, folder = sys.argv[1:3]
subprocess.run(["dials.find_spots", master, "nproc=1"], cwd=folder, check=True, stdout=subprocess.DEVNULL)

from dials.algorithms.spot_finding.per_image_analysis import stats_for_reflection_table  # noqa: E402
from dials.array_family import flex  # noqa: E402
from dxtbx.model.experiment_list import ExperimentListFactory  # noqa: E402

table = flex.reflection_table.from_file(f"{folder}/strong.refl")
spots = []
for (x, y, z), intensity in zip(table["xyzobs.px.value"], table["intensity.sum.value"]):
    spots.append([x, y, z, intensity])
boxes = [list(box) for box in table["bbox"]]

experiments = ExperimentListFactory.from_filenames([master])
table.centroid_px_to_mm(experiments)
table.map_centroids_to_reciprocal_space(experiments)
centres = flex.floor(table["xyzobs.px.value"].parts()[2])
resolutions = []
for frame in sorted(set(centres)):
    stats = stats_for_reflection_table(table.select(centres == frame))
    if stats.estimated_d_min > 0:
        resolutions.append([int(frame), stats.n_spots_total, stats.estimated_d_min])

with h5py.File(master) as file:
    detector = file["entry/instrument/detector"]
    data = file["entry/data/data"]
    data[()].astype("<u2" if data.dtype.itemsize == 2 else "<u4").tofile(f"{folder}/pixels.raw")
    (detector["pixel_mask"][()] != 0).astype("u1").tofile(f"{folder}/mask.raw")
    wavelength = file["entry/instrument/beam/incident_wavelength"]
    assert wavelength.attrs["units"] in ("angstrom", b"angstrom")
    told = {
        "frames": data.shape[0],
        "shape": list(data.shape[1:]),
        "dtype": "u2" if data.dtype.itemsize == 2 else "u4",
        "geometry": {
            "imageSizeXPx": int(data.shape[2]),
            "imageSizeYPx": int(data.shape[1]),
            "pixelSizeXM": float(detector["x_pixel_size"][()]),
            "pixelSizeYM": float(detector["y_pixel_size"][()]),
            "beamCenterXPx": float(detector["beam_center_x"][()]),
            "beamCenterYPx": float(detector["beam_center_y"][()]),
            "detectorDistanceM": float(detector["distance"][()]),
            "wavelengthA": float(wavelength[()]),
            "saturationValue": float(detector["saturation_value"][()]),
        },
        "spots": spots,
        "boxes": boxes,
        "resolutions": resolutions,
    }
print(json.dumps(told))
