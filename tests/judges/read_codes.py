#!/usr/bin/env python3
"""An independent reader of barcodes: prints one JSON line per picture, {"file", "codes": [{"format", "text", "aim"}]}.

Uses zxing-cpp from PyPI (see tests/setup/judges.txt), which shares no code with what the product draws and reads with.
"""
import json
import sys

import zxingcpp
from PIL import Image

for path in sys.argv[1:]:
    picture = Image.open(path).convert("L")
    # Printed labels have white around them; a picture cut at the label's edge gets some back.
    framed = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    framed.paste(picture, (40, 40))
    codes = zxingcpp.read_barcodes(framed)
    found = [
        {"format": str(code.format).removeprefix("BarcodeFormat."), "text": code.bytes.decode("utf-8", "replace"), "aim": code.symbology_identifier}
        for code in codes
    ]
    print(json.dumps({"file": path, "codes": found}, ensure_ascii=False))
