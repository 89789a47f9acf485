"""A rotation series from its frames to merged intensities with DIALS. The contract it runs by is docs/templates.md."""

import os

from dials_steps import ADVICE, CPUS, Steps, index, keep, recommended_lattice, scale, symmetry_options
from image_files import frames_wanted, images_of, rotation_scan
from job_report import WORK_DIR, cell_text, optional_number, path_of_experiment, tell_metrics
from merging_report import group_text, tell_merged, tell_scaling, tell_spots, write_page
from viewer_spots import tell_frames

dataset = os.environ["JOB_INPUT_DATASET"]
given_group = os.environ["JOB_INPUT_SPACE_GROUP"].strip() != ""
limit = optional_number("JOB_INPUT_RESOLUTION")
steps = Steps(
    ["Import", "Find spots", "Index"]
    + ([] if given_group else ["Lattice"])
    + ["Refine", "Integrate"]
    + ([] if given_group else ["Symmetry"])
    + ["Scale", "Merge", "Report"]
)

steps.begin("Import")
known_symmetry = symmetry_options(steps)
steps.run("dials.import", *images_of(steps, dataset), "output.experiments=imported.expt")
first, last, width = rotation_scan(steps, os.path.join(WORK_DIR, "imported.expt"))
begin, end = frames_wanted(steps, first, last)
imported = "imported.expt"
if (begin, end) != (first, last):
    imported = "chosen.expt"
    steps.run("dials.slice_sequence", "imported.expt", f"image_range={begin},{end}", f"output.experiments_filename={imported}")
frames = end - begin + 1
print(f"{frames} frames of {width}°: {frames * width:.1f}° in all.")

steps.begin("Find spots")
steps.run("dials.find_spots", imported, f"nproc={CPUS}")
spots = steps.numbers("spots", imported, "strong.refl")
tell_spots(spots)
tell_frames(steps, found=f"{imported},strong.refl")
tell_metrics(spots=spots["spots"], spotResolutionA=spots["resolutionA"])

steps.begin("Index")
if not index(steps, imported, known_symmetry):
    steps.fail(f"No lattice goes through the {spots['spots']} spots.", ADVICE["dials.index"])
indexed = steps.numbers("indexed", "indexed.expt", "indexed.refl")
tell_metrics(indexedPercent=100 * indexed["indexed"] / indexed["spots"], cell=cell_text(indexed["cell"]))

to_refine = ["indexed.expt", "indexed.refl"]
if not given_group:
    steps.begin("Lattice")
    steps.run("dials.refine_bravais_settings", "indexed.expt", "indexed.refl", f"nproc={CPUS}")
    number, setting = recommended_lattice(WORK_DIR)
    print(f"Lattice {setting['bravais']} is taken, cell {cell_text(setting['unit_cell'])}.")
    steps.run("dials.reindex", "indexed.refl", f"change_of_basis_op={setting['cb_op']}", "output.reflections=reindexed.refl")
    to_refine = [f"bravais_setting_{number}.expt", "reindexed.refl"]

steps.begin("Refine")
steps.run("dials.refine", *to_refine, f"nproc={CPUS}")

steps.begin("Integrate")
cut = [] if limit is None else [f"prediction.d_min={limit}"]
steps.run("dials.integrate", "refined.expt", "refined.refl", f"nproc={CPUS}", *cut)
for name in ("integrated.expt", "integrated.refl"):
    keep(name)

to_scale = ["integrated.expt", "integrated.refl"]
if not given_group:
    steps.begin("Symmetry")
    steps.run("dials.symmetry", *to_scale)
    to_scale = ["symmetrized.expt", "symmetrized.refl"]

steps.begin("Scale")
scale(steps, to_scale, limit)
merged = steps.numbers("merged", "scaled.expt", "scaled.refl")
tell_merged(merged, given_group)

tell_frames(steps, found="indexed.expt,indexed.refl", integrated="integrated.expt,integrated.refl", final="scaled.expt")

steps.begin("Merge")
steps.run("dials.merge", "scaled.expt", "scaled.refl")
keep("merged.mtz")

steps.begin("Report")
# Its own page has no drawings here: those need scripts from elsewhere.
report = ["output.html=None", "output.json=dials.report.json"]
if steps.run("dials.report", "scaled.expt", "scaled.refl", *report, may_fail=True):
    tell_scaling(os.path.join(WORK_DIR, "dials.report.json"), begin)
name = path_of_experiment(dataset)
write_page(
    f"DIALS: {name}",
    merged,
    given_group,
    [
        ("Frames", f"{begin} to {end}, {frames * width:.1f}°"),
        ("Spots", spots["spots"]),
        ("Spots indexed", f"{100 * indexed['indexed'] / indexed['spots']:.1f} %"),
        ("Distance of spots from where they should be, px", f"{indexed['rmsdPx']:.2f}"),
    ],
)
overall = merged["overall"]
steps.finish(f"{group_text(merged, given_group)}, {overall['dMin']:.2f} Å, completeness {overall['completeness']:.1f} %")
