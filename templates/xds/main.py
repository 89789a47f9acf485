"""A rotation series integrated and scaled with XDS, where the facility has it. The contract it runs by is docs/templates.md."""

import collections
import json
import os
import re
import shutil
import subprocess
import sys

from job_report import OUTPUT_DIR, WORK_DIR, cell_text, optional_number, path_of_experiment, tell_metrics, tell_plot, tell_progress

# Looked for in this order; one of them reads HDF5 for XDS.
PLUGINS = ("/usr/local/lib/dectris-neggia.so", "/usr/local/lib/durin-plugin.so", "/usr/lib/dectris-neggia.so")
IMAGE_NAME = r"(_?)(\d+)(\.cbf(\.gz)?)"
JOBS = ["XYCORR", "INIT", "COLSPOT", "IDXREF", "DEFPIX", "INTEGRATE", "CORRECT"]
ADVICE = {
    "COLSPOT": "Look at single frames in the viewer: is there diffraction?",
    "IDXREF": "Check beam centre, distance and the sign of the rotation axis, or give space group and unit cell.",
    "INTEGRATE": "Look at INTEGRATE.LP: the crystal may have slipped.",
    "CORRECT": "Set a resolution limit, or give the space group.",
}
# XDS reads no longer names of frames.
MOST_CHARACTERS = 132

path = os.environ["JOB_INPUT_DATASET"]
with open(os.environ["JOB_REQUEST_FILE"]) as file:
    dataset = json.load(file)["dataset"]
geometry = dataset["geometry"]


def needed(name, words):
    if geometry.get(name) is None:
        sys.exit(f"The dataset does not say {words}. Correct what was measured at the dataset, or choose another.")
    return geometry[name]


def frames_and_reader():
    """How XDS is told where the frames are, how many there are, and with what it reads them."""
    if os.path.isfile(path):
        plugin = next((each for each in PLUGINS if os.path.exists(each)), None)
        if plugin is None:
            sys.exit(f"XDS reads HDF5 with a plug-in, and none is installed: {' or '.join(PLUGINS[:2])}. Ask whoever runs this machine.")
        if not path.endswith("_master.h5"):
            sys.exit(f"{path_of_experiment(path)} is no master file as XDS knows it: its name must end in _master.h5.")
        return path.removesuffix("master.h5") + "??????.h5", dataset["framesStored"], [f"LIB= {plugin}"]
    folder, stem = os.path.split(path)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = [match for name in names if (match := re.fullmatch(re.escape(stem) + IMAGE_NAME, name))]
    if not found:
        sys.exit(f"{path_of_experiment(path)} has neither a master file nor CBF images.")
    between, digits, suffix = found[0].group(1, 2, 3)
    return f"{path}{between}{'?' * len(digits)}{suffix}", max(int(match.group(2)) for match in found), []


def short_template(template):
    """Through a link, where the name would be too long for XDS."""
    if len(template) <= MOST_CHARACTERS:
        return template
    os.symlink(os.path.dirname(template), os.path.join(WORK_DIR, "frames"))
    return os.path.join("frames", os.path.basename(template))


def input_lines():
    template, frames, reader = frames_and_reader()
    first = int(os.environ["JOB_INPUT_FIRST_FRAME"] or 1)
    last = int(os.environ["JOB_INPUT_LAST_FRAME"] or frames)
    if not 1 <= first <= last <= frames:
        sys.exit(f"Frames {first} to {last} were asked for, and there are 1 to {frames}.")
    width = needed("omegaIncrementDeg", "by how much the crystal was turned from frame to frame")
    if width == 0:
        sys.exit("The crystal was not turned from frame to frame, and XDS needs a rotation.")
    limit = optional_number("JOB_INPUT_RESOLUTION")
    group = os.environ["JOB_INPUT_SPACE_GROUP_NUMBER"] or "0"
    cell = os.environ["JOB_INPUT_UNIT_CELL"].replace(",", " ").split()
    try:
        if len([float(part) for part in cell]) not in (0, 6):
            raise ValueError
    except ValueError:
        sys.exit("Write the unit cell as six numbers: 78.1 78.1 37.2 90 90 90")
    if cell and group == "0":
        sys.exit("A unit cell was given without its space group. Give both, or neither.")
    axis = os.environ["JOB_INPUT_ROTATION_AXIS"]
    lines = [
        f"JOB= {' '.join(JOBS)}",
        f"MAXIMUM_NUMBER_OF_PROCESSORS= {os.environ.get('JOB_CPUS', '1')}",
        f"NAME_TEMPLATE_OF_DATA_FRAMES= {short_template(template)}",
        *reader,
        f"DATA_RANGE= {first} {last}",
        f"SPOT_RANGE= {first} {last}",
        f"BACKGROUND_RANGE= {first} {min(last, first + 9)}",
        f"DETECTOR= {'EIGER' if reader else 'PILATUS'}",
        f"NX= {needed('imageSizeXPx', 'the size of a frame')} NY= {geometry['imageSizeYPx']}",
        f"QX= {1e3 * needed('pixelSizeXM', 'the size of a pixel'):.6g} QY= {1e3 * needed('pixelSizeYM', 'the size of a pixel'):.6g}",
        f"MINIMUM_VALID_PIXEL_VALUE= 0 OVERLOAD= {int(geometry.get('saturationValue') or 65_535)}",
        f"SENSOR_THICKNESS= {1e3 * (geometry.get('sensorThicknessM') or 0.00045):.4g}",
        f"ORGX= {needed('beamCenterXPx', 'the beam centre'):.3f} ORGY= {needed('beamCenterYPx', 'the beam centre'):.3f}",
        f"DETECTOR_DISTANCE= {1e3 * needed('detectorDistanceM', 'the distance of the detector'):.4f}",
        f"X-RAY_WAVELENGTH= {needed('wavelengthA', 'the wavelength'):.6f}",
        f"OSCILLATION_RANGE= {width} STARTING_ANGLE= {geometry.get('omegaStartDeg') or 0}",
        f"ROTATION_AXIS= {axis}",
        "DIRECTION_OF_DETECTOR_X-AXIS= 1 0 0",
        "DIRECTION_OF_DETECTOR_Y-AXIS= 0 1 0",
        "INCIDENT_BEAM_DIRECTION= 0 0 1",
        "FRACTION_OF_POLARIZATION= 0.99 POLARIZATION_PLANE_NORMAL= 0 1 0",
        f"SPACE_GROUP_NUMBER= {group}",
        *([f"UNIT_CELL_CONSTANTS= {' '.join(cell)}"] if cell else []),
        f"INCLUDE_RESOLUTION_RANGE= 50 {limit or 0}",
        "TRUSTED_REGION= 0 1.2",
        "FRIEDEL'S_LAW= FALSE",
    ]
    return lines


def number(text):
    """42.1% and 98.7* are numbers too."""
    try:
        return float(text.rstrip("%*"))
    except ValueError:
        return None


def correct_table(text):
    """Rows of the last table of statistics by resolution in CORRECT.LP: limit (None: all), and what stands in its columns."""
    head = "SUBSET OF INTENSITY DATA WITH SIGNAL/NOISE >= -3.0 AS FUNCTION OF RESOLUTION"
    rows = []
    for line in text[text.rfind(head) :].splitlines()[1:]:
        cells = line.split()
        if len(cells) >= 11 and (cells[0] == "total" or number(cells[0]) is not None):
            rows.append(
                {
                    "dMin": number(cells[0]),
                    "observations": number(cells[1]),
                    "unique": number(cells[2]),
                    "completeness": number(cells[4]),
                    "rMerge": (number(cells[5]) or 0) / 100,
                    "iOverSigma": number(cells[8]),
                    "rMeas": (number(cells[9]) or 0) / 100,
                    "ccHalf": (number(cells[10]) or 0) / 100,
                }
            )
            if cells[0] == "total":
                break
    return rows


def wilson_b(text):
    """Of the line through all data, in CORRECT.LP."""
    lines = re.findall(r"WILSON LINE \(using all data\) *: *A= *\S+ +B= *(-?[\d.]+)", text)
    return number(lines[-1]) if lines else None


def header_of(name, key):
    """A line `!KEY= values` of XDS_ASCII.HKL."""
    with open(os.path.join(WORK_DIR, name)) as file:
        for line in file:
            if line.startswith(f"!{key}="):
                return line.split("=", 1)[1].split()
            if line.startswith("!END_OF_HEADER"):
                break
    return []


def keep(pattern):
    for name in os.listdir(WORK_DIR):
        if re.fullmatch(pattern, name) and not os.path.islink(os.path.join(WORK_DIR, name)):
            shutil.copyfile(os.path.join(WORK_DIR, name), os.path.join(OUTPUT_DIR, name))


def run_xds():
    process = subprocess.Popen(["xds_par"], cwd=WORK_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    job, last = JOBS[0], collections.deque(maxlen=15)
    for line in process.stdout:
        print(line, end="")
        if line.strip():
            last.append(line.rstrip())
        started = re.search(r"\*{5} +(\w+) +\*{5}", line)
        if started and started.group(1) in JOBS:
            job = started.group(1)
            tell_progress(JOBS.index(job), len(JOBS), job)
    code = process.wait()
    keep(r".*\.LP|XDS\.INP")
    fault = next((line for line in last if "!!! ERROR" in line), None)
    if code != 0 or fault or not os.path.exists(os.path.join(WORK_DIR, "XDS_ASCII.HKL")):
        tell_progress(JOBS.index(job), len(JOBS), f"{job} failed")
        print(f"\nThe step {job} of XDS failed. {fault or f'xds_par ended with exit code {code}.'}")
        print("Its last lines:")
        for line in last:
            print(f"    {line}")
        if job in ADVICE:
            print(f"What to try:\n  - {ADVICE[job]}")
        sys.stdout.flush()
        sys.exit(1)


os.makedirs(WORK_DIR, exist_ok=True)
with open(os.path.join(WORK_DIR, "XDS.INP"), "w") as file:
    file.write("\n".join(input_lines()) + "\n")
tell_progress(0, len(JOBS), JOBS[0])
run_xds()
keep(r"XDS_ASCII\.HKL")
with open(os.path.join(WORK_DIR, "CORRECT.LP")) as file:
    text = file.read()
rows = correct_table(text)
shells = [row for row in rows if row["dMin"] is not None]
overall = next((row for row in rows if row["dMin"] is None), None)
cell = [float(each) for each in header_of("XDS_ASCII.HKL", "UNIT_CELL_CONSTANTS")]
tell_metrics(
    cell=cell_text(cell) if len(cell) == 6 else None,
    spaceGroup=" ".join(header_of("XDS_ASCII.HKL", "SPACE_GROUP_NUMBER")) or None,
    mergedResolutionA=shells[-1]["dMin"] if shells else None,
)
if overall:
    tell_metrics(
        **{name: overall[name] for name in ("rMerge", "rMeas", "ccHalf", "completeness", "iOverSigma")},
        observations=overall["observations"],
        uniqueReflections=overall["unique"],
        wilsonB=wilson_b(text),
        multiplicity=overall["observations"] / overall["unique"] if overall["unique"] else None,
    )
for plot_id, title, name in (
    ("cc-half", "CC½ by resolution", "ccHalf"),
    ("completeness", "Completeness by resolution, %", "completeness"),
    ("r-merge", "R-merge by resolution", "rMerge"),
):
    tell_plot(
        plot_id,
        title,
        [{"type": "scatter", "mode": "lines+markers", "x": [row["dMin"] ** -2 for row in shells], "y": [row[name] for row in shells]}],
        {
            "xaxis": {
                "title": {"text": "Resolution, Å"},
                "tickvals": [row["dMin"] ** -2 for row in shells],
                "ticktext": [f"{row['dMin']:.2f}" for row in shells],
            }
        },
    )
tell_progress(len(JOBS), len(JOBS), "Done")
