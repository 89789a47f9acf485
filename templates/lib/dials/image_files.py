"""What DIALS imports for a dataset, and what it said about it."""

import json
import os
import re

from dials_steps import ADVICE
from job_report import path_of_experiment

IMAGE_NAME = r"_?\d+\.(cbf|img|mccd|sfrm|osc|edf|tiff?)(\.(gz|bz2|xz))?"


def images_of(steps, dataset):
    """Its master file; where it has none, the images whose names begin as the dataset is called."""
    if os.path.isfile(dataset):
        return [dataset]
    folder, stem = os.path.split(dataset)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    images = [os.path.join(folder, name) for name in names if re.fullmatch(re.escape(stem) + IMAGE_NAME, name)]
    if not images:
        steps.fail(
            f"{path_of_experiment(dataset)} has neither a master file nor images that DIALS knows by their names.",
            ADVICE["dials.import"],
        )
    return images


def rotation_scan(steps, expt_path):
    """First and last frame, and the rotation of a frame in degrees, of what was imported."""
    with open(expt_path) as file:
        imported = json.load(file)
    scans = imported.get("scan", [])
    if len(scans) != 1:
        found = "still images" if not scans else f"{len(scans)} series"
        steps.fail(f"One rotation series is needed, and DIALS found {found}.", ADVICE["dials.import"])
    first, last = scans[0]["image_range"]
    width = scans[0]["oscillation"][1]
    if width == 0:
        steps.fail(
            "The crystal was not turned from frame to frame, or the files do not say so: their rotation is 0°.",
            ["Process still images with programs made for them.", "Look at the rotation in the header of the dataset."],
        )
    return first, last, width


def frames_wanted(steps, first, last):
    """The range of frames that was asked for, of those that there are."""
    asked = [os.environ["JOB_INPUT_FIRST_FRAME"], os.environ["JOB_INPUT_LAST_FRAME"]]
    begin, end = (int(value) if value else there for value, there in zip(asked, (first, last)))
    if not first <= begin <= end <= last:
        steps.fail(f"Frames {begin} to {end} were asked for, and there are {first} to {last}.", ["Correct the range of frames."])
    return begin, end
