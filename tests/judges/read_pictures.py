#!/usr/bin/env python3
"""Independent readers of barcodes in photos: zxing-cpp and zbar (see tests/setup/judges.txt), asked again and again without being started again.

Reads from its input a line "WIDTH HEIGHT" and as many grey bytes, and answers with one JSON line for each reader: {"codes": [[format, text]], "seconds"}.
Both look for the symbologies of which there are pictures, with all other settings as they come.
"""
import ctypes
import json
import sys
import time

import numpy
import zxingcpp
from pyzbar import pyzbar

F, Z = zxingcpp.BarcodeFormat, pyzbar.ZBarSymbol
FORMATS = [
    F.Code128, F.EAN13, F.EAN8, F.UPCA, F.UPCE, F.ITF, F.Code39, F.Code93, F.Codabar, F.DataBar, F.DataBarExp, F.QRCode, F.MicroQRCode,
    F.DataMatrix, F.PDF417, F.Aztec,
]
SYMBOLS = [Z.CODE128, Z.EAN13, Z.EAN8, Z.UPCA, Z.UPCE, Z.I25, Z.CODE39, Z.CODE93, Z.CODABAR, Z.DATABAR, Z.DATABAR_EXP, Z.QRCODE]


def zxing(picture):
    began = time.thread_time()
    codes = zxingcpp.read_barcodes(picture, formats=FORMATS)
    seconds = time.thread_time() - began
    return [[str(code.format).removeprefix("BarcodeFormat."), code.bytes.decode("utf-8", "replace")] for code in codes], seconds


def zbar(picture):
    height, width = picture.shape
    pixels = picture.tobytes()
    began = time.thread_time()
    codes = pyzbar.decode((pixels, width, height), symbols=SYMBOLS)
    seconds = time.thread_time() - began
    return [[code.type, code.data.decode("utf-8", "replace")] for code in codes], seconds


def quiet():
    # zbar's DataBar reader tells the terminal about every doubt.
    libc = ctypes.CDLL(None)
    libc.freopen(b"/dev/null", b"w", ctypes.c_void_p.in_dll(libc, "stderr"))


quiet()
while line := sys.stdin.buffer.readline():
    width, height = map(int, line.split())
    picture = numpy.frombuffer(sys.stdin.buffer.read(width * height), numpy.uint8).reshape(height, width)
    for read in (zxing, zbar):
        codes, seconds = read(picture)
        print(json.dumps({"codes": codes, "seconds": seconds}, ensure_ascii=False), flush=True)
