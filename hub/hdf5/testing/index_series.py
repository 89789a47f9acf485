"""Imports, finds spots in and indexes a rotation series as dials.import, dials.find_spots and dials.index do, and prints what
came out as one JSON line. In one process, since loading DIALS takes longer than some of the steps.

usage: index_series.py MASTER [options of dials.index]   (writes into the working folder)
"""
import json
import sys

from dials.array_family import flex
from dials.command_line import dials_import, find_spots, index
from dxtbx.model.experiment_list import ExperimentListFactory

master, *options = sys.argv[1:]
dials_import.run([master])
find_spots.run(["imported.expt", "nproc=1"])
index.run(["imported.expt", "strong.refl", *options])
experiment = ExperimentListFactory.from_json_file("indexed.expt", check_format=False)[0]
reflections = flex.reflection_table.from_file("indexed.refl")
good = reflections.select(reflections.get_flags(reflections.flags.indexed))
observed, calculated = good["xyzobs.px.value"].parts(), good["xyzcal.px"].parts()
distances = [observed[axis] - calculated[axis] for axis in (0, 1)]
print(
    json.dumps(
        {
            "cell": list(experiment.crystal.get_unit_cell().parameters()),
            "images": len(experiment.imageset),
            "strong": len(reflections),
            "indexed": len(good),
            "rmsdPx": float(sum(flex.mean(one * one) for one in distances) ** 0.5),
        }
    )
)
