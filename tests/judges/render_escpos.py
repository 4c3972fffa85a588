#!/usr/bin/env python3
"""A small reader of ESC/POS graphics: for each FILE.bin of commands leaves FILE.png, one pixel for each dot.

Written from Epson's "ESC/POS Application Programming Guide" (ESC @, GS v 0, GS ( L functions 112 and 50, GS ( K, ESC 3, LF, FF) and from
nothing else: it shares no code with what the product writes. What it does not know is an error.
"""
import pathlib
import sys

from PIL import Image


def words(data, at, count):
    return [data[at + 2 * i] | data[at + 2 * i + 1] << 8 for i in range(count)]


def draw(data):
    rows, width, at = [], 0, 0
    while at < len(data):
        if data[at:at + 2] == b"\x1b@":
            at += 2
        elif data[at:at + 2] == b"\x1b3":
            at += 3
        elif data[at] in (0x0A, 0x0C):
            at += 1
        elif data[at:at + 3] == b"\x1dv0":
            if data[at + 3] != 0:
                raise SystemExit(f"GS v 0 at {at}: scaled")
            wide, high = words(data, at + 4, 2)
            at += 8
            for _ in range(high):
                rows.append(data[at:at + wide])
                at += wide
            width = max(width, wide * 8)
        elif data[at:at + 2] == b"\x1d(" :
            length = words(data, at + 3, 1)[0]
            if data[at + 2:at + 3] == b"L" and data[at + 6] == 112:
                wide, high = words(data, at + 11, 2)
                stride, start = (wide + 7) // 8, at + 15
                rows += [data[start + i * stride:start + (i + 1) * stride] for i in range(high)]
                width = max(width, stride * 8)
            at += 5 + length
        else:
            raise SystemExit(f"byte {data[at]:#x} at {at} is no command that prints a label")
    picture = Image.new("L", (max(width, 1), max(len(rows), 1)), 255)
    pixels = picture.load()
    for y, row in enumerate(rows):
        for x in range(8 * len(row)):
            if row[x // 8] & 0x80 >> x % 8:
                pixels[x, y] = 0
    return picture


for path in map(pathlib.Path, sys.argv[1:]):
    draw(path.read_bytes()).save(path.with_suffix(".png"))
