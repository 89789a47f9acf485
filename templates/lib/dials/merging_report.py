"""Metrics, plots and a page of what merging gave. The page needs no scripts: drawings are SVG."""

import html
import json
import os

from job_report import OUTPUT_DIR, cell_text, tell_metrics, tell_plot

COLOURS = ["#1f6feb", "#d1652b"]
ROWS = [
    ("dMax", "Low resolution, Å", "{:.2f}"),
    ("dMin", "High resolution, Å", "{:.2f}"),
    ("observations", "Observations", "{:d}"),
    ("unique", "Unique reflections", "{:d}"),
    ("completeness", "Completeness, %", "{:.1f}"),
    ("multiplicity", "Multiplicity", "{:.1f}"),
    ("iOverSigma", "Mean I/σ(I)", "{:.1f}"),
    ("rMerge", "R-merge", "{:.3f}"),
    ("rMeas", "R-meas", "{:.3f}"),
    ("rPim", "R-pim", "{:.3f}"),
    ("ccHalf", "CC½", "{:.3f}"),
]


def group_text(merged, given):
    """With its mirror image, unless somebody said which of the two it is, and with what has not been looked for."""
    mirrored = merged["mirrorGroup"]
    if given:
        return merged["spaceGroup"]
    if merged.get("screwAxesUnknown"):
        return f"{merged['spaceGroup']}, screw axes not determined"
    return f"{merged['spaceGroup']} or {mirrored}" if mirrored else merged["spaceGroup"]


def tell_merged(merged, given_group):
    overall, outer = merged["overall"], merged["shells"][-1]
    tell_metrics(
        cell=cell_text(merged["cell"]),
        spaceGroup=group_text(merged, given_group),
        mergedResolutionA=overall["dMin"],
        rMerge=overall["rMerge"],
        rMeas=overall["rMeas"],
        rPim=overall["rPim"],
        ccHalf=overall["ccHalf"],
        completeness=overall["completeness"],
        multiplicity=overall["multiplicity"],
        iOverSigma=overall["iOverSigma"],
        observations=overall["observations"],
        uniqueReflections=overall["unique"],
        wilsonB=merged["wilsonB"],
        lowResolutionA=overall["dMax"],
        outerFromA=outer["dMax"],
        rMergeOuter=outer["rMerge"],
        rMeasOuter=outer["rMeas"],
        rPimOuter=outer["rPim"],
        multiplicityOuter=outer["multiplicity"],
        ccHalfOuter=outer["ccHalf"],
        completenessOuter=outer["completeness"],
        iOverSigmaOuter=outer["iOverSigma"],
    )
    for plot_id, title, lines in plots_of(merged):
        middle, ticks = resolution_axis(merged)
        tell_plot(
            plot_id,
            title,
            [
                {"type": "scatter", "mode": "lines+markers", "name": label, "x": middle, "y": values, **second}
                for label, values, second in lines
            ],
            {
                "xaxis": {"title": {"text": "Resolution, Å"}, **ticks},
                "yaxis": {"title": {"text": lines[0][0]}, "rangemode": "tozero"},
                **(
                    {"yaxis2": {"title": {"text": lines[1][0]}, "overlaying": "y", "side": "right", "rangemode": "tozero"}}
                    if len(lines) > 1
                    else {}
                ),
            },
        )


def plots_of(merged):
    column = lambda name: [shell[name] for shell in merged["shells"]]
    return [
        ("cc-half", "CC½ by resolution", [("CC½", column("ccHalf"), {})]),
        (
            "completeness",
            "Completeness and multiplicity by resolution",
            [("Completeness, %", column("completeness"), {}), ("Multiplicity", column("multiplicity"), {"yaxis": "y2"})],
        ),
        ("r-merge", "R-merge by resolution", [("R-merge", column("rMerge"), {})]),
        ("i-over-sigma", "I/σ(I) by resolution", [("Mean I/σ(I)", column("iOverSigma"), {})]),
    ]


def resolution_axis(merged):
    """Middles of the shells on the scale of 1/d², on which they are evenly wide, and where to write which resolution."""
    square = lambda d: 1 / (d * d)
    middles = [(square(shell["dMax"]) + square(shell["dMin"])) / 2 for shell in merged["shells"]]
    step = max(1, len(middles) // 6)
    shown = middles[step - 1 :: step]
    return middles, {"tickmode": "array", "tickvals": shown, "ticktext": [f"{at ** -0.5:.2f}" for at in shown]}


def drawing(title, lines, middles, ticks):
    """One plot as SVG."""
    width, height, left, bottom, top = 460, 240, 56, 40, 28
    low, high = middles[0], middles[-1] if middles[-1] > middles[0] else middles[0] + 1
    x_of = lambda value: left + (value - low) / (high - low) * (width - 2 * left)
    parts = [f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{html.escape(title)}">']
    parts.append(f'<text x="{left}" y="16" font-weight="600">{html.escape(title)}</text>')
    parts.append(f'<path d="M{left},{top}V{height - bottom}H{width - left}V{top}" fill="none" stroke="#999"/>')
    for at, text in zip(ticks["tickvals"], ticks["ticktext"]):
        parts.append(f'<text x="{x_of(at):.1f}" y="{height - bottom + 16}" text-anchor="middle">{text}</text>')
    parts.append(f'<text x="{width / 2}" y="{height - 6}" text-anchor="middle">Resolution, Å</text>')
    for number, (label, values, _) in enumerate(lines):
        known = [(x, y) for x, y in zip(middles, values) if y is not None]
        if not known:
            continue
        most = max(max(y for _, y in known), 1e-9)
        y_of = lambda value: height - bottom - max(value, 0) / most * (height - bottom - top - 6)
        points = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in known)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
        side = left - 6 if number == 0 else width - left + 6
        anchor = "end" if number == 0 else "start"
        for value in (0, most):
            parts.append(f'<text x="{side}" y="{y_of(value) + 4:.1f}" text-anchor="{anchor}" fill="{COLOURS[number]}">{value:.3g}</text>')
        if len(lines) > 1:
            parts.append(f'<text x="{left + 8 + 150 * number}" y="{height - bottom - 8}" fill="{COLOURS[number]}">{html.escape(label)}</text>')
    parts.append("</svg>")
    return "".join(parts)


def write_page(heading, merged, given_group, facts):
    """report.html and results.json. `facts`: pairs of what and how much, above the table."""
    shells = merged["shells"]
    columns = [("Overall", merged["overall"]), ("Inner shell", shells[0]), ("Outer shell", shells[-1])]
    written = lambda value, form: "–" if value is None else form.format(value)
    table = "".join(
        f"<tr><th>{html.escape(label)}</th>" + "".join(f"<td>{written(shell[name], form)}</td>" for _, shell in columns) + "</tr>"
        for name, label, form in ROWS
    )
    by_shell = "".join(
        "<tr>" + "".join(f"<td>{written(shell[name], form)}</td>" for name, _, form in ROWS) + "</tr>" for shell in shells
    )
    b_text = "–" if merged["wilsonB"] is None else f"{merged['wilsonB']:.1f}"
    pairs = [
        ("Space group", group_text(merged, given_group)),
        ("Unit cell, Å and °", cell_text(merged["cell"])),
        ("Wilson B, Å²", b_text),
        *facts,
    ]
    middles, ticks = resolution_axis(merged)
    drawings = "".join(drawing(title, lines, middles, ticks) for _, title, lines in plots_of(merged))
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{html.escape(heading)}</title>
<style>
body {{ font: 14px/1.45 system-ui, sans-serif; margin: 24px; color: #1b1f24; background: #fff; }}
table {{ border-collapse: collapse; margin: 12px 0 24px; }}
th, td {{ padding: 3px 12px 3px 0; text-align: right; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums; }}
tr > th:first-child {{ text-align: left; font-weight: 500; }}
svg {{ font: 12px system-ui, sans-serif; max-width: 100%; margin: 0 16px 16px 0; }}
.wide {{ overflow-x: auto; }}
</style></head><body>
<h1>{html.escape(heading)}</h1>
<table>{"".join(f"<tr><th>{html.escape(what)}</th><td>{html.escape(str(value))}</td></tr>" for what, value in pairs)}</table>
<table><tr><th></th>{"".join(f"<th>{name}</th>" for name, _ in columns)}</tr>{table}</table>
{drawings}
<h2>By resolution</h2>
<div class="wide"><table><tr>{"".join(f"<th>{html.escape(label)}</th>" for _, label, _ in ROWS)}</tr>{by_shell}</table></div>
</body></html>
"""
    with open(os.path.join(OUTPUT_DIR, "report.html"), "w") as file:
        file.write(page)
    with open(os.path.join(OUTPUT_DIR, "results.json"), "w") as file:
        json.dump({**merged, "facts": dict(facts)}, file, indent=1)


def tell_scaling(report_path, first_frame):
    """The plot of what scaling did to each frame, from the JSON of dials.report: damage and slips show there."""
    with open(report_path) as file:
        found = json.load(file).get("batch_graphs", {}).get("scale_rmerge_vs_batch")
    if not found:
        return
    scales, residuals = (trace["y"] for trace in found["data"][:2])
    frames = [first_frame + index for index in range(len(scales))]
    tell_plot(
        "scale",
        "Scale and R-merge of each frame",
        [
            {"type": "scatter", "mode": "lines", "name": "Scale", "x": frames, "y": scales},
            {"type": "scatter", "mode": "lines", "name": "R-merge", "x": frames, "y": residuals, "yaxis": "y2"},
        ],
        {
            "xaxis": {"title": {"text": "Frame"}},
            "yaxis": {"title": {"text": "Scale"}, "rangemode": "tozero"},
            "yaxis2": {"title": {"text": "R-merge"}, "overlaying": "y", "side": "right", "rangemode": "tozero"},
        },
    )


def tell_spots(spots, looked_at=None):
    """The plot of spots per frame; `looked_at`: numbers of frames, where not all were."""
    frames = [spots["firstFrame"] + index for index in range(len(spots["perFrame"]))]
    pairs = [pair for pair in zip(frames, spots["perFrame"]) if looked_at is None or pair[0] in looked_at]
    limits = spots["resolutionPerFrame"]
    data = [{"type": "scatter", "mode": "markers", "name": "Spots", "x": [f for f, _ in pairs], "y": [n for _, n in pairs]}]
    layout = {"xaxis": {"title": {"text": "Frame"}}, "yaxis": {"title": {"text": "Spots"}, "rangemode": "tozero"}}
    tell_plot("spots", "Spots per frame", data, layout)
    if limits:
        tell_plot(
            "resolution",
            "Resolution estimated from the spots of each frame",
            [{"type": "scatter", "mode": "markers", "name": "Resolution", "x": [f for f, _ in limits], "y": [d for _, d in limits]}],
            {"xaxis": {"title": {"text": "Frame"}}, "yaxis": {"title": {"text": "Å"}, "autorange": "reversed"}},
        )
