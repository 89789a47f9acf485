"""Azimuthal integration of the frames of a dataset with pyFAI. The contract it runs by is docs/templates.md."""

import json
import os
import re
import sys

import fabio
import h5py
import numpy
from job_report import OUTPUT_DIR, optional_number, path_of_experiment, tell_metrics, tell_plot, tell_progress
from pyFAI.azimuthalIntegrator import AzimuthalIntegrator

UNITS = {
    "q, 1/Å": ("q_A^-1", "q, 1/Å"),
    "q, 1/nm": ("q_nm^-1", "q, 1/nm"),
    "2θ, °": ("2th_deg", "2θ, °"),
}
METHOD = ("bbox", "csr", "cython")
# Of a picture more cannot be told apart.
FRAMES_DRAWN, POINTS_DRAWN = 200, 500
REPORT_EVERY = 20
IMAGE_NAME = r"_?\d+\.(cbf|edf|tiff?|img|mccd)(\.(gz|bz2|xz))?"

path = os.environ["JOB_INPUT_DATASET"]
with open(os.environ["JOB_REQUEST_FILE"]) as file:
    geometry = json.load(file)["dataset"]["geometry"]


def needed(name, words):
    """A number of the geometry, or of the form where the dataset lacks it."""
    value = geometry.get(name)
    if value is None:
        sys.exit(f"The dataset does not say {words}. Correct what was measured at the dataset, or choose another.")
    return value


def beam_centre(form, name, words):
    given = optional_number(form)
    return needed(name, words) if given is None else given


def images_of_prefix():
    folder, stem = os.path.split(path)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if re.fullmatch(re.escape(stem) + IMAGE_NAME, name)]


class Frames:
    """Frames one by one, and what of them is masked."""

    def __init__(self):
        self.mask = None
        self.arrays = []
        if os.path.isfile(path):
            self.file = h5py.File(path, "r")
            data = self.file["entry/data"]
            names = ["data"] if "data" in data else sorted(name for name in data if name.startswith("data_"))
            # Of several channels the first one.
            self.arrays = [data[name] for name in names]
            stored = self.file.get("entry/instrument/detector/pixel_mask")
            if stored is not None:
                mask = stored[()]
                self.mask = (mask[0] if mask.ndim == 3 else mask) != 0
            self.places = [(array, row) for array in self.arrays for row in range(array.shape[0])]
        else:
            self.places = [(name, None) for name in images_of_prefix()]
        if not self.places:
            sys.exit(f"{path_of_experiment(path)} has no frames that can be read.")

    def __len__(self):
        return len(self.places)

    def read(self, index):
        source, row = self.places[index]
        if row is None:
            return fabio.open(source).data
        return source[row] if source.ndim == 3 else source[row, 0]

    def invalid(self, frame):
        """Masked pixels, and those that the detector itself gave no value."""
        if frame.dtype.kind == "u":
            bad = frame >= numpy.iinfo(frame.dtype).max - 1
        else:
            bad = frame < 0
        return bad if self.mask is None else bad | self.mask


frames = Frames()
unit, label = UNITS[os.environ["JOB_INPUT_UNIT"]]
points = int(os.environ["JOB_INPUT_POINTS"])
most = int(os.environ["JOB_INPUT_MAX_FRAMES"])
low, high = optional_number("JOB_INPUT_FROM"), optional_number("JOB_INPUT_TO")
if (low is None) != (high is None) or (low is not None and low >= high):
    sys.exit("Give both ends of the range, the lower one first, or neither.")
polarisation = optional_number("JOB_INPUT_POLARISATION")

pixel_y, pixel_x = needed("pixelSizeYM", "the height of a pixel"), needed("pixelSizeXM", "the width of a pixel")
integrator = AzimuthalIntegrator(
    dist=needed("detectorDistanceM", "the distance of the detector"),
    poni1=beam_centre("JOB_INPUT_BEAM_Y", "beamCenterYPx", "the beam centre") * pixel_y,
    poni2=beam_centre("JOB_INPUT_BEAM_X", "beamCenterXPx", "the beam centre") * pixel_x,
    pixel1=pixel_y,
    pixel2=pixel_x,
    wavelength=needed("wavelengthA", "the wavelength") * 1e-10,
)
integrator.save(os.path.join(OUTPUT_DIR, "geometry.poni"))

chosen = numpy.unique(numpy.linspace(0, len(frames) - 1, min(most, len(frames))).round().astype(int))
print(f"{len(chosen)} of {len(frames)} frames.")
profiles, unreadable = [], []
radial = None


def show():
    mean = numpy.nanmean(profiles, axis=0)
    tell_plot(
        "profile",
        "Mean of all frames",
        [{"type": "scatter", "mode": "lines", "x": radial.tolist(), "y": listed(mean)}],
        {"xaxis": {"title": {"text": label}}, "yaxis": {"title": {"text": "Intensity, counts per pixel"}}},
    )
    frame_step = -(-len(profiles) // FRAMES_DRAWN)
    point_step = -(-points // POINTS_DRAWN)
    tell_plot(
        "frames",
        "Each frame",
        [
            {
                "type": "heatmap",
                "x": radial[::point_step].tolist(),
                "y": [int(frame) + 1 for frame in integrated[::frame_step]],
                "z": [listed(profile[::point_step]) for profile in profiles[::frame_step]],
                "colorscale": "Viridis",
            }
        ],
        {"xaxis": {"title": {"text": label}}, "yaxis": {"title": {"text": "Frame"}}},
    )
    return mean


def listed(values):
    return [float(value) if numpy.isfinite(value) else None for value in values]


integrated = []
for count, index in enumerate(chosen, start=1):
    try:
        frame = frames.read(int(index))
    except (OSError, KeyError) as fault:
        unreadable.append(int(index) + 1)
        print(f"frame {index + 1} cannot be read: {fault}")
        continue
    result = integrator.integrate1d(
        frame.astype("float32"),
        points,
        unit=unit,
        mask=frames.invalid(frame),
        radial_range=None if low is None else (low, high),
        polarization_factor=polarisation,
        dummy=numpy.nan,
        method=METHOD,
    )
    radial = result.radial
    profiles.append(result.intensity)
    integrated.append(index)
    tell_progress(count, len(chosen), f"frame {count} of {len(chosen)}")
    if count % REPORT_EVERY == 0:
        show()

if not profiles:
    sys.exit("No frame could be read.")
mean = show()
strongest = int(numpy.nanargmax(mean))
tell_metrics(
    framesIntegrated=len(profiles),
    framesUnreadable=len(unreadable),
    strongestAt=float(radial[strongest]),
    strongest=float(mean[strongest]),
)
numpy.savetxt(
    os.path.join(OUTPUT_DIR, "profile.xy"),
    numpy.column_stack([radial, mean]),
    header=f"{path_of_experiment(path)}, mean of {len(profiles)} frames\n{unit} intensity",
    encoding="utf-8",
)
with h5py.File(os.path.join(OUTPUT_DIR, "profiles.h5"), "w") as file:
    entry = file.create_group("entry")
    entry.attrs["NX_class"] = "NXentry"
    data = entry.create_group("profiles")
    data.attrs.update({"NX_class": "NXdata", "signal": "intensity", "axes": ["frame", "radial"]})
    data["intensity"] = numpy.array(profiles, dtype="float32")
    data["radial"] = radial
    data["radial"].attrs["units"] = unit
    data["frame"] = numpy.array(integrated) + 1
print(f"Strongest at {radial[strongest]:.4f} ({label}).")
