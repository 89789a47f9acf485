"""Reads numbers from files of DIALS into a JSON file.

usage: dials_numbers.py spots|indexed|limit|merged ANSWER.json FILE.expt FILE.refl
"""

import json
import math
import os
import sys

from cctbx import sgtbx
from dials.algorithms.scaling.scaling_library import (
    merging_stats_from_scaled_array,
    scaled_data_as_miller_array,
)
from dials.algorithms.spot_finding.per_image_analysis import stats_for_reflection_table
from dials.array_family import flex
from dials.util import resolution_analysis
from dxtbx.model.experiment_list import ExperimentListFactory

# An estimate of the resolution from fewer spots says nothing.
SPOTS_FOR_RESOLUTION = 20
SHELLS = 20
CC_HALF_AT_LIMIT = 0.3
# Of what was measured of the inner shells, an outer one must have this part.
PART_OF_INNER = 0.7
REFLECTIONS_IN_SHELL = 50
# Å
WILSON_TO_AT_LEAST = 3.5
WILSON_REFLECTIONS = 200


def finite(value):
    return float(value) if value is not None and math.isfinite(value) else None


def spots(experiments, reflections):
    reflections.centroid_px_to_mm(experiments)
    reflections.map_centroids_to_reciprocal_space(experiments)
    first, end = experiments[0].scan.get_array_range()
    counts = [0] * (end - first)
    for _, _, _, _, z0, z1 in reflections["bbox"]:
        for frame in range(max(z0, first), min(z1, end)):
            counts[frame - first] += 1
    centres = flex.floor(reflections["xyzobs.px.value"].parts()[2])
    limits = []
    for frame in sorted(set(centres)):
        of_frame = reflections.select(centres == frame)
        if len(of_frame) < SPOTS_FOR_RESOLUTION:
            continue
        limit = stats_for_reflection_table(of_frame).estimated_d_min
        if limit > 0:
            limits.append([int(frame) + 1, limit])
    middle = sorted(limit for _, limit in limits)
    return {
        "firstFrame": first + 1,
        "spots": len(reflections),
        "perFrame": counts,
        "resolutionPerFrame": limits,
        "resolutionA": middle[len(middle) // 2] if middle else None,
    }


def lattice_by_metric(crystal):
    """The lattice of the highest symmetry that the cell allows within 1°, and its cell: no intensities are looked at."""
    from cctbx import crystal as cctbx_crystal
    from cctbx.sgtbx import lattice_symmetry

    own = cctbx_crystal.symmetry(unit_cell=crystal.get_unit_cell(), space_group=crystal.get_space_group())
    best = lattice_symmetry.metric_subgroups(own, 1.0).result_groups[0]
    symmetry = best["best_subsym"]
    return str(sgtbx.bravais_types.bravais_lattice(group=symmetry.space_group())), symmetry.unit_cell().parameters()


def indexed(experiments, reflections):
    good = reflections.select(reflections.get_flags(reflections.flags.indexed))
    crystal = experiments[0].crystal
    observed, calculated = good["xyzobs.px.value"].parts(), good["xyzcal.px"].parts()
    squares = sum(flex.mean(flex.pow2(observed[axis] - calculated[axis])) for axis in (0, 1)) if len(good) else None
    lattice, cell = lattice_by_metric(crystal)
    return {
        "spots": len(reflections),
        "indexed": len(good),
        "lattices": len(experiments.crystals()),
        "rmsdPx": finite(math.sqrt(squares)) if squares is not None else None,
        "cell": list(crystal.get_unit_cell().parameters()),
        "spaceGroup": str(crystal.get_space_group().info()),
        "lattice": lattice,
        "latticeCell": list(cell),
    }


def limit(experiments, reflections):
    """Where CC½ falls below what a limit is commonly drawn at, or the detector sees but little of a shell; null: the data end before."""
    tables = reflections.split_by_experiment_id()
    settings = resolution_analysis.phil_defaults.extract().resolution
    intensities = scaled_data_as_miller_array(tables, experiments)
    reach = intensities.d_min()
    try:
        found = resolution_analysis.Resolutionizer.from_reflections_and_experiments(tables, experiments, settings)
        fitted = found.resolution(resolution_analysis.metrics.CC_HALF, limit=CC_HALF_AT_LIMIT).d_min
    except RuntimeError as fault:
        # Too few reflections to draw a curve through: all are kept.
        print(fault)
        fitted = None
    limits = [(fitted, f"CC½ falls below {CC_HALF_AT_LIMIT} there")] if fitted else []
    if os.environ["JOB_INPUT_KEEP_CORNERS"] != "true":
        corner = start_of_corners(intensities)
        limits += [(corner, "of what lies beyond the detector sees but a part")] if corner else []
    resolution, why = max(limits, default=(0, None))
    return {"resolutionA": resolution, "why": why} if resolution > reach + 0.01 else {"resolutionA": None, "why": None}


def start_of_corners(intensities):
    """Where shells become much less complete than the inner ones are: a square detector sees only parts of the circles in its corners."""
    shells = merging_stats_from_scaled_array(intensities, n_bins=shell_count(intensities), anomalous=False)[0].bins
    inner = sorted(shell.completeness for shell in shells[: max(1, len(shells) // 3)])
    for shell in shells[len(inner) :]:
        if shell.completeness < PART_OF_INNER * inner[len(inner) // 2]:
            return shell.d_max
    return None


def shell_count(intensities):
    unique = intensities.merge_equivalents().array().size()
    return max(1, min(SHELLS, unique // REFLECTIONS_IN_SHELL))


def shell(stats):
    return {
        "dMax": finite(stats.d_max),
        "dMin": finite(stats.d_min),
        "observations": stats.n_obs,
        "unique": stats.n_uniq,
        "completeness": finite(100 * stats.completeness),
        "multiplicity": finite(stats.mean_redundancy),
        "iOverSigma": finite(stats.i_over_sigma_mean),
        "rMerge": finite(stats.r_merge),
        "rMeas": finite(stats.r_meas),
        "rPim": finite(stats.r_pim),
        "ccHalf": finite(stats.cc_one_half),
    }


def wilson_b(intensities):
    """
    Isotropic, by maximum likelihood with the scattering that is usual of proteins, of all merged reflections (cctbx, `ml_iso_absolute_scaling`, which dials.merge
    and xtriage use too); None where the data end too early to tell.
    """
    from mmtbx.scaling.absolute_scaling import ml_iso_absolute_scaling

    merged = intensities.merge_equivalents().array()
    if merged.size() < WILSON_REFLECTIONS or merged.d_min() > WILSON_TO_AT_LEAST:
        return None
    try:
        # The number of residues changes the scale alone.
        return finite(ml_iso_absolute_scaling(miller_array=merged, n_residues=200).b_wilson)
    except (AssertionError, RuntimeError) as fault:
        print(f"No Wilson B can be told. {fault}")
        return None


def merged(experiments, reflections):
    tables = reflections.split_by_experiment_id()
    intensities = scaled_data_as_miller_array(tables, experiments)
    stats, anomalous = merging_stats_from_scaled_array(intensities, n_bins=shell_count(intensities))
    group = experiments[0].crystal.get_space_group().info()
    mirrored = group.change_hand()
    return {
        "cell": list(intensities.unit_cell().parameters()),
        "spaceGroup": str(group),
        # Diffraction does not tell a group from its mirror image: P 41 21 2 and P 43 21 2.
        "mirrorGroup": str(mirrored) if str(mirrored) != str(group) else None,
        "datasets": len(experiments),
        "overall": shell(stats.overall),
        "shells": [shell(each) for each in stats.bins],
        "wilsonB": wilson_b(intensities),
        "ccAnomalous": finite(anomalous.overall.cc_anom) if anomalous else None,
    }


what, answer, expt_path, refl_path = sys.argv[1:]
read = {"spots": spots, "indexed": indexed, "limit": limit, "merged": merged}[what]
experiments = ExperimentListFactory.from_json_file(expt_path, check_format=False)
with open(answer, "w") as file:
    json.dump(read(experiments, flex.reflection_table.from_file(refl_path)), file)
