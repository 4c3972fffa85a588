#!/usr/bin/env python3
"""Plugs a mocked device in and out while a program runs. Run it under umockdev-wrapper:

    umockdev-wrapper /usr/bin/python3 hotplug.py DEVICE.umockdev PROGRAM [ARGUMENT]...

Prints what the program prints; plugs in when the program has started, out after 1.5 s, ends the program after another 1.5 s.
"""

import subprocess
import sys
import time

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

text = open(sys.argv[1]).read()
path = "/sys" + text.split("\n", 1)[0].removeprefix("P: ")
testbed = UMockdev.Testbed.new()
program = subprocess.Popen(sys.argv[2:])
time.sleep(1.0)
testbed.add_from_string(text)
testbed.uevent(path, "add")
time.sleep(1.5)
testbed.uevent(path, "remove")
testbed.remove_device(path)
time.sleep(1.5)
program.terminate()
program.wait()
