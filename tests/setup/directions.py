#!/usr/bin/env python3
"""Checks who may depend on whom among the rooms of the workspace, and that fixed crates stay in their room.

domain <- labels <- scanner-drivers <- edge-agent; labels <- firmware-config <- edge-agent, hub; labels <- hub; tests -> all. The hub never sees a driver or sled,
a driver never sees MQTT, the domain does no I/O. Reads `cargo metadata`; prints what is wrong and exits 1.
"""
import json
import subprocess
import sys

ROOMS = {
    "qitao-domain": set(),
    "qitao-labels": {"qitao-domain"},
    "qitao-scanner-drivers": {"qitao-domain", "qitao-labels"},
    "qitao-firmware-config": {"qitao-domain", "qitao-labels"},
    "qitao-edge-agent": {"qitao-domain", "qitao-labels", "qitao-scanner-drivers", "qitao-firmware-config"},
    "qitao-hub": {"qitao-domain", "qitao-labels", "qitao-firmware-config"},
    "qitao-test-pictures": {"qitao-domain", "qitao-labels", "qitao-scanner-drivers"},
    "qitao-tests": {"qitao-domain", "qitao-labels", "qitao-scanner-drivers", "qitao-firmware-config", "qitao-edge-agent", "qitao-hub", "qitao-test-pictures"},
}
# Crates with an effect on the world, and the only rooms (besides tests) that may name them.
ONLY_IN = {
    "sled": {"qitao-edge-agent"},
    "rusb": {"qitao-scanner-drivers"},
    "tokio-serial": {"qitao-scanner-drivers"},
    "rumqttc": {"qitao-edge-agent", "qitao-hub"},
    "rmqtt": {"qitao-hub"},
    "sea-orm": {"qitao-hub"},
    "tokio": {"qitao-scanner-drivers", "qitao-edge-agent", "qitao-hub"},
    "reqwest": {"qitao-edge-agent", "qitao-hub"},
    "rand": {"qitao-edge-agent", "qitao-hub"},
}

metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version", "1", "--no-deps"]))
wrong = []
for package in metadata["packages"]:
    room = package["name"]
    if room not in ROOMS:
        wrong.append(f"{room}: not a room of the plan; add it to tests/setup/directions.py with what it may depend on")
        continue
    for dependency in package["dependencies"]:
        name, dev = dependency["name"], dependency["kind"] == "dev"
        if name.startswith("qitao-") and name not in ROOMS[room] and not dev:
            wrong.append(f"{room} must not depend on {name}")
        if name in ONLY_IN and room not in ONLY_IN[name] and room != "qitao-tests" and not dev:
            wrong.append(f"{room} must not use {name}; only {', '.join(sorted(ONLY_IN[name]))} may")
for line in wrong:
    print("dependency direction: " + line, file=sys.stderr)
sys.exit(1 if wrong else 0)
