"""What is in an HDF5 file: groups, arrays, links, small values. The contract it runs by is docs/templates.md."""

import csv
import json
import os
import sys

import h5py


def report(where, **fields):
    with open(os.environ[where], "a") as file:
        file.write(json.dumps(fields) + "\n")


path = os.environ["JOB_INPUT_FILE"] or os.environ["JOB_INPUT_DATASET"]
if not path:
    sys.exit("Choose a dataset, or a file.")
if not os.path.isfile(path):
    sys.exit(f"{os.path.relpath(path, os.environ['JOB_WORK_DIR'])} is no file: the dataset has no master file.")
most = int(os.environ["JOB_INPUT_VALUES_AT_MOST"])
rows = []
count = {"groups": 0, "arrays": 0, "linksBroken": 0}
stored_bytes = 0


def filters_of(array):
    """Names of the filters, in the order in which they were applied."""
    plist = array.id.get_create_plist()
    found = [plist.get_filter(index) for index in range(plist.get_nfilters())]
    return " + ".join(name.decode(errors="replace") or str(number) for number, _, _, name in found)


def class_of(group):
    """NX_class of a group, which may be text or bytes."""
    found = group.attrs.get("NX_class", "")
    return found.decode(errors="replace") if isinstance(found, bytes) else str(found)


def values_of(array):
    """Of a small array what it holds; nothing where a filter is missing to read it."""
    if array.size is None or not 0 < array.size <= most:
        return ""
    try:
        value = array[()]
    except (OSError, TypeError) as fault:
        return f"cannot be read: {fault}"
    value = value.tolist() if hasattr(value, "tolist") else value
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def look(group, prefix):
    global stored_bytes
    for name in group:
        where = f"{prefix}/{name}"
        link = group.get(name, getlink=True)
        leads = ""
        if isinstance(link, h5py.ExternalLink):
            leads = f"to {link.path} in {link.filename}"
        elif isinstance(link, h5py.SoftLink):
            leads = f"to {link.path}"
        try:
            thing = group[name]
        except (KeyError, OSError):
            count["linksBroken"] += 1
            rows.append([where, "link", leads, "leads nowhere", "", ""])
            continue
        if isinstance(thing, h5py.Group):
            count["groups"] += 1
            rows.append([where, "group", leads, class_of(thing), "", ""])
            # What a link leads to is looked at where it lies, and a circle of links would have no end.
            if leads == "":
                look(thing, where)
        elif isinstance(thing, h5py.Dataset):
            count["arrays"] += 1
            stored_bytes += thing.id.get_storage_size()
            shape = " x ".join(map(str, thing.shape)) if thing.shape else "one value"
            rows.append([where, "array", leads, f"{thing.dtype} {shape}", filters_of(thing), values_of(thing)])


with h5py.File(path, "r") as file:
    look(file, "")

head = ["path", "kind", "link", "what", "filters", "values"]
with open(os.path.join(os.environ["JOB_OUTPUT_DIR"], "summary.csv"), "w", newline="") as table:
    csv.writer(table).writerows([head, *rows])
for row in rows:
    print("  ".join(str(cell) for cell in row if str(cell) != ""))
report("JOB_METRICS_FILE", **count, megabytes=stored_bytes / 1e6)
