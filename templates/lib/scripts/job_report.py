"""What the page of a job shows while it runs, by the contract of docs/templates.md."""

import json
import math
import os

OUTPUT_DIR = os.environ["JOB_OUTPUT_DIR"]
# Beside the output folder: what is only needed on the way does not become a result.
WORK_DIR = os.path.join(os.path.dirname(os.environ["JOB_PROGRESS_FILE"]), "work")


def report(where, **fields):
    with open(os.environ[where], "a") as file:
        file.write(json.dumps(fields) + "\n")


def tell_progress(done, total, text):
    report("JOB_PROGRESS_FILE", done=done, total=total, text=text)


def finite(value):
    """The number, or null for the page where there is none: JSON knows no NaN."""
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


def tell_metrics(**metrics):
    told = {name: value if isinstance(value, str) else finite(value) for name, value in metrics.items()}
    report("JOB_METRICS_FILE", **told)


def tell_plot(plot_id, title, data, layout):
    report("JOB_PLOTS_FILE", id=plot_id, title=title, data=data, layout=layout)


def cell_text(cell):
    """78.10 78.10 37.20 90 90 90"""
    lengths = [f"{length:.2f}" for length in cell[:3]]
    angles = [f"{angle:.2f}".rstrip("0").rstrip(".") for angle in cell[3:]]
    return " ".join(lengths + angles)


def optional_number(name):
    """The value of a number input that may stay empty."""
    text = os.environ[name]
    return float(text) if text else None


def path_of_experiment(path):
    """A path as people know it."""
    return os.path.relpath(path, os.environ["JOB_WORK_DIR"])
