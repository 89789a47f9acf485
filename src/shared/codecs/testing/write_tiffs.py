"""Writes small TIFF files with Pillow (libtiff), as JSON: name -> {dtype, rows, columns, base64, pixels}; `pixels` is their SHA-256.

usage: write_tiffs.py > tiff-files.json
"""
import base64
import hashlib
import io
import json

import numpy
from PIL import Image, TiffImagePlugin

ROWS, COLUMNS = 23, 40
TiffImagePlugin.STRIP_SIZE = 400
y, x = numpy.mgrid[0:ROWS, 0:COLUMNS]
value = (x * x * 37 + y * 101 + (x // 7) * (y // 3) * 1009) * (1 + (x + y) % 3) // 2
value[5:9] = 7

FORMS = {
    "u1": ((value % 251).astype("u1"), "L"),
    "u2": (value.astype("<u2"), "I;16"),
    "u2 big-endian": (value.astype(">u2"), "I;16B"),
    "i4": ((value - 9).astype("<i4"), "I"),
    "f4": ((value / 7 - 2).astype("<f4"), "F"),
}
found = {}


def add(label, dtype, pixels, out):
    rows, columns = pixels.shape
    little = pixels.astype(pixels.dtype.newbyteorder("<"))
    found[label] = {
        "dtype": dtype,
        "rows": rows,
        "columns": columns,
        "base64": base64.b64encode(out.getvalue()).decode(),
        "pixels": hashlib.sha256(little.tobytes()).hexdigest(),
    }


for name, (pixels, mode) in FORMS.items():
    image = Image.frombytes(mode, (COLUMNS, ROWS), pixels.tobytes())
    for packing in (None, "tiff_lzw", "packbits", "tiff_adobe_deflate"):
        for predictor in (1, 2):
            packs = packing not in (None, "packbits")
            if predictor == 2 and (not packs or name == "f4"):
                continue
            # Pillow writes packed files in the byte order of the machine.
            if packing and name == "u2 big-endian":
                continue
            info = TiffImagePlugin.ImageFileDirectory_v2()
            info[278] = 5
            if predictor == 2:
                info[317] = 2
            info[270] = "made for a test"
            out = io.BytesIO()
            image.save(out, "TIFF", compression=packing, tiffinfo=info)
            label = f"{name} {packing or 'plain'}" + (" predictor" if predictor == 2 else "")
            add(label, name[:2], pixels, out)

# One strip in which the table of LZW is full more than once.
noise = (numpy.random.default_rng(20261122).poisson(3, (96, 128)) * 17 % 256).astype("u1")
out = io.BytesIO()
TiffImagePlugin.STRIP_SIZE = 1 << 20
Image.frombytes("L", (128, 96), noise.tobytes()).save(out, "TIFF", compression="tiff_lzw")
add("u1 tiff_lzw long", "u1", noise, out)
print(json.dumps(found, indent=0))
