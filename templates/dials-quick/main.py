"""Spots and lattice of a rotation series from some of its frames, with DIALS. The contract it runs by is docs/templates.md."""

import os

from dials_steps import ADVICE, CPUS, Steps, index, symmetry_options
from image_files import images_of, rotation_scan
from job_report import WORK_DIR, cell_text, tell_metrics
from merging_report import tell_spots
from viewer_spots import tell_frames

# So many pieces of the series, evenly spread: frames side by side show how wide spots are in rotation.
PIECES = 10
# Below this nothing is indexed, whatever the crystal.
LEAST_SPOTS = 20

dataset = os.environ["JOB_INPUT_DATASET"]
most = int(os.environ["JOB_INPUT_MAX_FRAMES"])
given_group = os.environ["JOB_INPUT_SPACE_GROUP"].strip() != ""
steps = Steps(["Import", "Find spots", "Index"])


def pieces_of(first, last):
    """Ranges of frames, the first and the last frame among them."""
    frames = last - first + 1
    if frames <= most:
        return [(first, last)]
    pieces = min(PIECES, most)
    length = most // pieces
    if pieces == 1:
        return [(first, first + length - 1)]
    starts = [first + round(piece * (frames - length) / (pieces - 1)) for piece in range(pieces)]
    return [(start, start + length - 1) for start in starts]


steps.begin("Import")
known_symmetry = symmetry_options(steps)
steps.run("dials.import", *images_of(steps, dataset), "output.experiments=imported.expt")
first, last, width = rotation_scan(steps, os.path.join(WORK_DIR, "imported.expt"))
ranges = pieces_of(first, last)
looked_at = {frame for begin, end in ranges for frame in range(begin, end + 1)}
print(f"{len(looked_at)} of {last - first + 1} frames of {width}° are looked at.")

steps.begin("Find spots")
steps.run(
    "dials.find_spots",
    "imported.expt",
    f"nproc={CPUS}",
    *(f"spotfinder.scan_range={begin},{end}" for begin, end in ranges),
)
spots = steps.numbers("spots", "imported.expt", "strong.refl")
tell_spots(spots, looked_at)
tell_metrics(framesAnalysed=len(looked_at), spots=spots["spots"], spotResolutionA=spots["resolutionA"])

steps.begin("Index")
if spots["spots"] < LEAST_SPOTS:
    steps.fail(f"There are {spots['spots']} spots on {len(looked_at)} frames, too few to index.", ADVICE["dials.find_spots"])
if not index(steps, "imported.expt", known_symmetry):
    tell_metrics(indexedPercent=0)
    steps.fail(f"Nothing indexes: no lattice goes through the {spots['spots']} spots.", ADVICE["dials.index"])
indexed = steps.numbers("indexed", "indexed.expt", "indexed.refl")
tell_frames(steps, found="indexed.expt,indexed.refl", predict=",".join(f"{begin}-{end}" for begin, end in ranges))
percent = 100 * indexed["indexed"] / indexed["spots"]
cell = cell_text(indexed["cell"] if given_group else indexed["latticeCell"])
tell_metrics(
    indexedPercent=percent,
    cell=cell,
    # Without a given group only the lattice is known: intensities are not looked at here.
    spaceGroup=indexed["spaceGroup"] if given_group else None,
    lattice=indexed["lattice"],
    rmsdPx=indexed["rmsdPx"],
)
steps.finish(f"{percent:.0f} % of {spots['spots']} spots indexed, {indexed['lattice']}, {cell}")
