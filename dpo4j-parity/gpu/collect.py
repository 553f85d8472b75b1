# SPDX-License-Identifier: Apache-2.0
"""Gathers what a check wrote into one JSON file: collect.py OUT_DIR"""
import glob
import json
import os
import re
import sys

out = sys.argv[1]
runs = {}
for file in sorted(glob.glob(os.path.join(out, "*.json"))):
    name = os.path.basename(file)[:-5]
    lines = [line for line in open(file) if line.startswith("{")]
    if name != "check" and lines:
        runs[name] = json.loads(lines[-1])
tests = {}
for file in sorted(glob.glob(os.path.join(out, "*.log"))):
    found = dict(re.findall(r"(\d+) tests (successful|failed)", open(file, errors="replace").read()))
    if found:
        tests[os.path.basename(file)[:-4]] = {word: int(count) for count, word in found.items()}
with open(os.path.join(out, "check.json"), "w") as target:
    json.dump({"tests": tests, "runs": runs}, target, indent=1)
