"""What was found, indexed and predicted so far, left for the viewer."""

import os

from dials_steps import TEMPLATE_DIR
from job_report import OUTPUT_DIR, WORK_DIR

# As the templates declare it.
NAME = "dials.spots"


def tell_frames(steps, **given):
    """Writes `given` of frame_spots.py; a job is not lost for want of marks in the viewer."""
    script = os.path.join(TEMPLATE_DIR, "frame_spots.py")
    answer = os.path.join(WORK_DIR, NAME)
    arguments = [f"{name}={value}" for name, value in given.items()]
    if steps.run("python3", script, answer, *arguments, may_fail=True):
        os.replace(answer, os.path.join(OUTPUT_DIR, NAME))
    else:
        print("The viewer shows no spots of this run.")
