"""Several rotation series of the same crystal form merged into one set of intensities with DIALS. The contract is docs/templates.md."""

import glob
import json
import os
import re

from dials_steps import ADVICE, CPUS, StepFailed, Steps, index, keep, scale, symmetry_options
from image_files import IMAGE_NAME, images_of, rotation_scan
from job_report import WORK_DIR, optional_number, path_of_experiment, tell_metrics
from merging_report import group_text, tell_merged, write_page

datasets = os.environ["JOB_INPUT_DATASETS"].splitlines()
given_group = os.environ["JOB_INPUT_SPACE_GROUP"].strip() != ""
limit = optional_number("JOB_INPUT_RESOLUTION")
reuse = os.environ["JOB_INPUT_REUSE"] == "true"
integrations = [f"Dataset {number} of {len(datasets)}" for number in range(1, len(datasets) + 1)]
steps = Steps([*integrations, "Combine", "Scale", "Merge", "Report"])


def is_of(dataset, template):
    """Whether DIALS read this dataset: by its master, or by the pattern of its images, as lyso_####.cbf."""
    if template == dataset:
        return True
    return re.fullmatch(re.escape(dataset) + IMAGE_NAME, template.replace("#", "0")) is not None


def finished_result(dataset):
    """The newest integrated.expt of the dataset that a job left in this experiment; None: there is none."""
    found = glob.glob(os.path.join(os.environ["JOB_WORK_DIR"], "processed", "**", "integrated.expt"), recursive=True)
    for path in sorted(found, key=os.path.getmtime, reverse=True):
        try:
            with open(path) as file:
                images = json.load(file).get("imageset", [])
        except (OSError, ValueError):
            continue
        whole = os.path.isfile(path.removesuffix(".expt") + ".refl")
        if whole and len(images) == 1 and is_of(dataset, images[0].get("template", "")):
            return path
    return None


def integrate(dataset, known_symmetry):
    steps.run("dials.import", *images_of(steps, dataset), "output.experiments=imported.expt")
    rotation_scan(steps, os.path.join(steps.folder, "imported.expt"))
    steps.run("dials.find_spots", "imported.expt", f"nproc={CPUS}")
    if not index(steps, "imported.expt", known_symmetry):
        steps.fail("No lattice goes through its spots.", ADVICE["dials.index"])
    steps.run("dials.refine", "indexed.expt", "indexed.refl", f"nproc={CPUS}")
    cut = [] if limit is None else [f"prediction.d_min={limit}"]
    steps.run("dials.integrate", "refined.expt", "refined.refl", f"nproc={CPUS}", *cut)
    return os.path.join(steps.folder, "integrated.expt")


steps.begin(integrations[0])
known_symmetry = symmetry_options(steps)
integrated, left_out = [], []
for number, dataset in enumerate(datasets, start=1):
    name = path_of_experiment(dataset)
    steps.begin(integrations[number - 1])
    steps.work_in(f"dataset-{number:03d}")
    known = finished_result(dataset) if reuse else None
    if known:
        print(f"{name}: {path_of_experiment(known)} is used.")
        integrated.append(known)
        continue
    try:
        integrated.append(integrate(dataset, known_symmetry))
    except StepFailed:
        # One crystal that does not diffract must not cost the others.
        print(f"{name} is left out.")
        left_out.append(name)
steps.work_in(".")
tell_metrics(datasetsGiven=len(datasets), datasetsIntegrated=len(integrated))

steps.begin("Combine")
if len(integrated) < 2:
    steps.fail(
        f"Of {len(datasets)} datasets {len(integrated)} could be integrated, and two are needed.",
        ["Look at the single datasets with DIALS quick.", "Add datasets."],
    )
files = [name for path in integrated for name in (path, path.removesuffix(".expt") + ".refl")]
group = [option for option in known_symmetry if option.startswith("space_group=")]
steps.run("dials.cosym", *files, *group)

steps.begin("Scale")
scale(steps, ["symmetrized.expt", "symmetrized.refl"], limit)
merged = steps.numbers("merged", "scaled.expt", "scaled.refl")
# dials.cosym finds the symmetry of the intensities; which of its axes are screw axes it does not look for.
merged["screwAxesUnknown"] = merged["spaceGroup"] != "P 1"
tell_merged(merged, given_group)
tell_metrics(datasetsMerged=merged["datasets"])

steps.begin("Merge")
steps.run("dials.merge", "scaled.expt", "scaled.refl")
keep("merged.mtz")

steps.begin("Report")
facts = [("Datasets merged", f"{merged['datasets']} of {len(datasets)}")]
if left_out:
    facts.append(("Could not be integrated", ", ".join(left_out)))
write_page(f"{merged['datasets']} datasets merged with DIALS", merged, given_group, facts)
overall = merged["overall"]
steps.finish(
    f"{merged['datasets']} of {len(datasets)} datasets, {group_text(merged, given_group)}, {overall['dMin']:.2f} Å, "
    f"completeness {overall['completeness']:.1f} %"
)
