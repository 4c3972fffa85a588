#!/usr/bin/env python3
"""A second, independent renderer of ZPL: for each FILE-DPI.bin of commands leaves FILE-DPI.png, one pixel for each dot.

Quantity (^PQ1) is taken out: zplkit draws labels and has no printer that would repeat them. Uses zplkit from PyPI (see tests/setup/judges.txt).
"""
import pathlib
import re
import sys

import zplkit
from zplkit import output, rendering

# Labels of 600 dpi are larger than its defaults allow.
MOST = 100_000_000
DRAWING = rendering.Limits(graphic_bytes=MOST, pixels=MOST, segments=MOST, number_abs=MOST)
WRITING = output.Limits(pixels=MOST, segments=MOST, flattened_segments=MOST, scan_work=100 * MOST)

for path in map(pathlib.Path, sys.argv[1:]):
    commands = path.read_bytes().replace(b"^PQ1", b"")
    dpi = int(path.stem.rsplit("-", 1)[1])
    width, height = (int(re.search(key + rb"(\d+)", commands)[1]) for key in (rb"\^PW", rb"\^LL"))
    document = zplkit.render(commands, zplkit.Options(width=width, height=height, dpi=dpi), limits=DRAWING)
    if len(document.labels) != 1:
        sys.exit(f"{path}: {len(document.labels)} labels, {document.warnings}")
    path.with_suffix(".png").write_bytes(document.labels[0].png(limits=WRITING))
