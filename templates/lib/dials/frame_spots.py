"""Writes what DIALS found, indexed and predicted on each frame as a file of spots for the viewer (docs/templates.md).

usage: frame_spots.py ANSWER.spots found=FILE.expt,FILE.refl [integrated=FILE.expt,FILE.refl] [predict=FIRST-LAST,...] [final=FILE.expt]
"""

import sys

import numpy
from dials.array_family import flex
from dxtbx.model.experiment_list import ExperimentListFactory
from scitbx import matrix

FOUND, INDEXED, PREDICTED = 1, 2, 4
MOST_OF_FRAME = 5000
MOST_BYTES = 64 * 1024**2
# Predictions reach as far as the spots that were indexed, but for the few that lie farthest out.
FARTHEST_LEFT_OUT = 0.02
SPOT = numpy.dtype(
    [
        *((name, "<f4") for name in ("fast", "slow", "intensity")),
        *((name, "u1") for name in ("kinds", "width", "height", "none")),
        *((name, "<i2") for name in ("h", "k", "l", "nothing")),
    ]
)
HEAD_BYTES = ENTRY_BYTES = 16


def columns(table, name):
    return [part.as_numpy_array() for part in table[name].parts()]


def on_image(experiments, table, name):
    """Fast and slow in the image, which may have several panels, and z, of pixel coordinates."""
    fast, slow, z = columns(table, name)
    offsets = numpy.array([panel.get_raw_image_offset() for panel in experiments[0].detector], dtype=float)
    panel = table["panel"].as_numpy_array()
    return fast + offsets[panel, 0], slow + offsets[panel, 1], z


def spots_of(experiments, table, name, change):
    """One spot for each reflection, on no frame yet, and its z."""
    fast, slow, z = on_image(experiments, table, name)
    spots = numpy.zeros(len(table), dtype=SPOT)
    spots["fast"], spots["slow"] = fast, slow
    spots["intensity"] = numpy.nan
    if "bbox" in table:
        x0, x1, y0, y1, _, _ = columns(table, "bbox")
        spots["width"], spots["height"] = (numpy.clip(size, 1, 255) for size in (x1 - x0, y1 - y0))
    if "miller_index" in table:
        indices = numpy.array(list(table["miller_index"]), dtype=int).reshape(-1, 3) @ change.T
        for axis, letter in enumerate("hkl"):
            spots[letter] = indices[:, axis]
    return spots, z


def repeated(spots, first, end):
    """Each spot on every frame from `first` up to `end`."""
    counts = numpy.maximum(0, end - first)
    frames = numpy.repeat(first, counts) + (numpy.arange(counts.sum()) - numpy.repeat(numpy.cumsum(counts) - counts, counts))
    return frames, numpy.repeat(spots, counts)


def found(experiments, table, change):
    """On every frame that a spot was found on."""
    spots, _ = spots_of(experiments, table, "xyzobs.px.value", change)
    is_indexed = table.get_flags(table.flags.indexed).as_numpy_array()
    spots["kinds"] = numpy.where(is_indexed, FOUND | INDEXED, FOUND)
    for letter in "hkl":
        spots[letter] = numpy.where(is_indexed, spots[letter], 0)
    spots["intensity"] = table["intensity.sum.value"].as_numpy_array()
    _, _, _, _, z0, z1 = columns(table, "bbox")
    return repeated(spots, z0, z1)


def integrated(experiments, table, change):
    """On those frames that are to show most of a reflection: the middle third of those that it was integrated over."""
    table = table.select(table["id"] >= 0)
    spots, z = spots_of(experiments, table, "xyzcal.px", change)
    spots["kinds"] = PREDICTED
    # What it was integrated over is much wider than what is seen.
    spots["width"] = spots["height"] = 0
    is_told = table.get_flags(table.flags.integrated_sum).as_numpy_array()
    spots["intensity"] = numpy.where(is_told, table["intensity.sum.value"].as_numpy_array(), numpy.nan)
    _, _, _, _, z0, z1 = columns(table, "bbox")
    reach = (z1 - z0) / 6
    first, end = experiments[0].scan.get_array_range()
    return repeated(spots, *(numpy.clip(numpy.floor(at).astype(int), first, end) for at in (z - reach, z + reach + 1)))


def predicted(experiments, table, ranges, change):
    """Where the crystal as indexed lets reflections be expected on some of the frames, each on the one that it is centred on."""
    crystal = experiments[0].crystal
    good = table.select(table.get_flags(table.flags.indexed))
    spacings = numpy.sort(crystal.get_unit_cell().d(good["miller_index"]).as_numpy_array())
    limit = float(spacings[int(FARTHEST_LEFT_OUT * len(spacings))])
    start = experiments[0].scan.get_image_range()[0]
    whole = experiments[0].scan
    for first, last in ranges:
        experiments[0].scan = whole[first - start : last - start + 1]
        expected = flex.reflection_table.from_predictions(experiments[0], dmin=limit)
        spots, z = spots_of(experiments, expected, "xyzcal.px", change)
        spots["kinds"] = PREDICTED
        frames = numpy.floor(z).astype(int)
        inside = (frames >= first - 1) & (frames < last)
        yield frames[inside], spots[inside]
    experiments[0].scan = whole


def change_of_indices(crystal, final):
    """From indices of a crystal to those of the same one as it was described in the end."""
    if final is None:
        return numpy.identity(3, dtype=int)
    exact = matrix.sqr(final.get_A()).inverse() * matrix.sqr(crystal.get_A())
    rows = numpy.array(exact.elems).reshape(3, 3)
    change = numpy.rint(rows).astype(int)
    if numpy.abs(rows - change).max() > 0.2 or round(abs(numpy.linalg.det(change))) != 1:
        raise SystemExit("The indices of the spots cannot be told in the setting of the result.")
    return change


def write(path, frames, spots):
    """By frames, from 1; of too many the strongest."""
    frames = frames + 1
    strength = numpy.where(numpy.isnan(spots["intensity"]), -numpy.inf, spots["intensity"])
    # What was found comes before what is only predicted.
    order = numpy.lexsort((-strength, spots["kinds"] == PREDICTED, frames))
    frames, spots = frames[order], spots[order]
    known, starts, counts = numpy.unique(frames, return_index=True, return_counts=True)
    room = (MOST_BYTES - HEAD_BYTES - ENTRY_BYTES * len(known)) // (SPOT.itemsize * max(1, len(known)))
    most = max(1, min(MOST_OF_FRAME, room))
    place = numpy.arange(len(frames)) - numpy.repeat(starts, counts)
    if (place >= most).any():
        print(f"Of frames with more than {most} spots the strongest are kept for the viewer.")
    spots = spots[place < most]
    counts = numpy.minimum(counts, most)
    index = numpy.zeros(len(known), dtype=[("frame", "<u4"), ("spots", "<u4"), ("offset", "<u8")])
    index["frame"], index["spots"] = known, counts
    index["offset"] = HEAD_BYTES + ENTRY_BYTES * len(known) + SPOT.itemsize * (numpy.cumsum(counts) - counts)
    with open(path, "wb") as file:
        file.write(b"BDSPOTS1" + numpy.array([len(known), SPOT.itemsize], dtype="<u4").tobytes())
        file.write(index.tobytes())
        file.write(spots.tobytes())
    print(f"{len(spots)} marks on {len(known)} frames for the viewer.")


def main(answer, given):
    def read(name):
        expt, refl = given[name].split(",")
        return ExperimentListFactory.from_json_file(expt, check_format=False), flex.reflection_table.from_file(refl)

    final = ExperimentListFactory.from_json_file(given["final"], check_format=False)[0].crystal if "final" in given else None
    experiments, table = read("found")
    crystal = experiments[0].crystal
    change = change_of_indices(crystal, final) if crystal else numpy.identity(3, dtype=int)
    pieces = [found(experiments, table, change)]
    if "predict" in given:
        ranges = [tuple(map(int, each.split("-"))) for each in given["predict"].split(",")]
        pieces += predicted(experiments, table, ranges, change)
    if "integrated" in given:
        experiments, table = read("integrated")
        pieces.append(integrated(experiments, table, change_of_indices(experiments[0].crystal, final)))
    write(answer, *(numpy.concatenate(parts) for parts in zip(*pieces)))


main(sys.argv[1], dict(each.split("=", 1) for each in sys.argv[2:]))
