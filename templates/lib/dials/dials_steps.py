"""Runs programs of DIALS one after the other: tells how far it is, and of one that fails what happened and what to try."""

import collections
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

from job_report import OUTPUT_DIR, WORK_DIR, tell_progress

TEMPLATE_DIR = os.environ["JOB_TEMPLATE_DIR"]
CPUS = int(os.environ.get("JOB_CPUS", "1"))
LAST_LINES = 15
ENVIRONMENT = {
    **os.environ,
    # The files of the experiment are read-only, and HDF5 would lock them.
    "HDF5_USE_FILE_LOCKING": "FALSE",
    "MPLCONFIGDIR": os.path.join(WORK_DIR, "matplotlib"),
}

# What to try when a program fails.
ADVICE = {
    "dials.import": [
        "Look at the dataset in the viewer: are its frames there, and does its header say wavelength, distance and beam centre?",
        "Choose the master file of a rotation series.",
    ],
    "dials.find_spots": ["Look at single frames in the viewer: is there diffraction, and is the crystal in the beam?"],
    "dials.index": [
        "Check beam centre, distance and wavelength of the dataset: a beam centre that is wrong by some pixels is enough.",
        "Give the unit cell and the space group if you know them.",
        "Take other frames: those at the end may be damaged or without diffraction.",
        "Look for several lattices, ice or few spots in the plot of spots per frame.",
    ],
    "dials.refine_bravais_settings": ["Give the space group, so that the lattice need not be found."],
    "dials.refine": [
        "Give a space group of lower symmetry.",
        "Take fewer frames: the crystal may have slipped.",
    ],
    "dials.integrate": [
        "Set a resolution limit where the spots end, which also needs less memory.",
        "Start it again with a larger size if memory ran out.",
    ],
    "dials.symmetry": ["Give the space group.", "Take more frames: too few reflections were measured more than once."],
    "dials.scale": [
        "Take more frames: scaling needs reflections that were measured more than once.",
        "Set a resolution limit where the data end.",
    ],
    "dials.cosym": [
        "Look at the single results first: datasets of another crystal form do not go together.",
        "Leave out datasets with few indexed spots.",
    ],
    "dials.merge": ["Set a resolution limit where the data end."],
}


class StepFailed(SystemExit):
    """Ends the job, which has said why, unless it can go on without what failed."""


class Steps:
    """`names`: all steps there will be, in their order, as people read them."""

    def __init__(self, names):
        self.names = list(names)
        self.current = None
        self.work_in(".")

    def work_in(self, name):
        """Programs write into this folder of the working folder from now on; what they keep of logs has its name."""
        self.folder = os.path.normpath(os.path.join(WORK_DIR, name))
        self.logs = os.path.normpath(os.path.join(OUTPUT_DIR, "logs", name))
        for folder in (self.folder, self.logs):
            os.makedirs(folder, exist_ok=True)

    def begin(self, name):
        self.current = name
        tell_progress(self.names.index(name), len(self.names), name)
        print(f"\n{'=' * 10} {name}")

    def run(self, program, *arguments, may_fail=False):
        """Runs one program of the current step. True: it went well; False only where it may fail."""
        command = [program, *arguments]
        print(f"$ {shlex.join(command)}"[:2000])
        last = collections.deque(maxlen=LAST_LINES)
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        for line in process.stdout:
            print(line, end="")
            if line.strip():
                last.append(line.rstrip())
        code = process.wait()
        self.keep_logs()
        if code == 0:
            return True
        if may_fail:
            return False
        if code < 0:
            ending = f"was ended by {signal.Signals(-code).name}"
            if -code == signal.SIGKILL:
                ending += ", most often because memory ran out: start it again with a larger size"
        else:
            ending = f"ended with exit code {code}"
        self.fail(f"{program} {ending}.", ADVICE.get(program, []), last)

    def numbers(self, what, *files):
        """What dials_numbers.py reads from files of DIALS."""
        answer = os.path.join(self.folder, f"{what}.json")
        command = ["python3", os.path.join(TEMPLATE_DIR, "dials_numbers.py"), what, answer, *files]
        done = subprocess.run(command, cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).strip().splitlines()[-LAST_LINES:]
            self.fail(f"The numbers of {', '.join(files)} could not be read.", last_lines=lines)
        with open(answer) as file:
            return json.load(file)

    def keep_logs(self):
        """After each program, so that a run that ends early leaves them too."""
        for name in os.listdir(self.folder):
            if name.endswith(".log"):
                shutil.copyfile(os.path.join(self.folder, name), os.path.join(self.logs, name))

    def fail(self, sentence, advice=(), last_lines=()):
        self.keep_logs()
        done = self.names.index(self.current)
        tell_progress(done, len(self.names), f"{self.current} failed")
        print(f"\nThe step “{self.current}” failed. {sentence}")
        if last_lines:
            print("Its last lines:")
            for line in last_lines:
                print(f"    {line}")
        if advice:
            print("What to try:")
            for tip in advice:
                print(f"  - {tip}")
        sys.stdout.flush()
        raise StepFailed(1)

    def finish(self, text):
        tell_progress(len(self.names), len(self.names), text)
        print(f"\n{text}")


def keep(name, as_name=None):
    """Makes a file of the working folder a result."""
    target = os.path.join(OUTPUT_DIR, as_name or name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(os.path.join(WORK_DIR, name), target)


def symmetry_options(steps):
    """What was given of space group and unit cell, as dials.index takes it."""
    group = os.environ["JOB_INPUT_SPACE_GROUP"].strip()
    cell = os.environ["JOB_INPUT_UNIT_CELL"].strip()
    options = []
    if group:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ()/:-]{0,29}", group):
            steps.fail(f"“{group}” is no space group.", ["Write it as P43212 or P 43 21 2, or by its number: 96."])
        options.append(f"space_group={group.replace(' ', '')}")
    if cell:
        parts = [part for part in re.split(r"[\s,;]+", cell) if part]
        try:
            values = [float(part) for part in parts]
        except ValueError:
            values = []
        if len(values) != 6 or min(values[:3]) < 1 or not all(10 <= angle <= 170 for angle in values[3:]):
            steps.fail(
                f"“{cell}” is no unit cell.",
                ["Write a, b, c in Å and α, β, γ in degrees: 78.1 78.1 37.2 90 90 90"],
            )
        options.append(f"unit_cell={','.join(str(value) for value in values)}")
        if not group:
            steps.fail("A unit cell was given without its space group.", ["Give both, or neither."])
    return options


def index(steps, imported, options):
    """Indexes strong.refl by the ways that need no more than the spots, one after the other."""
    for method in ("fft3d", "fft1d"):
        if method != "fft3d":
            print(f"\nIndexing in three dimensions found no lattice; once more, by {method}.")
        arguments = [imported, "strong.refl", f"indexing.method={method}", f"indexing.nproc={CPUS}", *options]
        if steps.run("dials.index", *arguments, may_fail=True):
            return True
    return False


def scale(steps, files, limit):
    """Scales to the limit that was given, otherwise to where the data end."""
    cut = [] if limit is None else [f"cut_data.d_min={limit}"]
    steps.run("dials.scale", *files, *cut)
    if limit is None:
        found = steps.numbers("limit", "scaled.expt", "scaled.refl")
        if found["resolutionA"] is not None:
            print(f"\nThe data end at {found['resolutionA']:.2f} Å: {found['why']}. Scaled once more to there.")
            steps.run("dials.scale", "scaled.expt", "scaled.refl", f"cut_data.d_min={found['resolutionA']:.3f}")
    for name in ("scaled.expt", "scaled.refl"):
        keep(name)


def recommended_lattice(work_dir):
    """Of what dials.refine_bravais_settings found: number and change of basis of the highest symmetry that it recommends."""
    with open(os.path.join(work_dir, "bravais_summary.json")) as file:
        settings = json.load(file)
    number = max((int(each) for each, found in settings.items() if found["recommended"]), default=1)
    return number, settings[str(number)]
