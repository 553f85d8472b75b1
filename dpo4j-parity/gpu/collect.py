# SPDX-License-Identifier: Apache-2.0
"""Gathers what a check wrote into one JSON file: collect.py LOGS_DIR FILE"""
import glob
import json
import os
import re
import sys

logs, target = sys.argv[1:]


def name(file):
    return os.path.basename(file).rsplit(".", 1)[0]


runs, tests, ends = {}, {}, {}
for file in sorted(glob.glob(os.path.join(logs, "*.json"))):
    lines = [line for line in open(file) if line.startswith("{")]
    if lines:
        runs[name(file)] = json.loads(lines[-1])
for file in sorted(glob.glob(os.path.join(logs, "*.log"))):
    text = open(file, errors="replace").read()
    found = dict(re.findall(r"(\d+) tests (successful|failed)", text))
    if found:
        tests[name(file)] = {word: int(count) for count, word in found.items()}
    ends[name(file)] = text[-3000:]
with open(target + ".part", "w") as out:
    json.dump({"tests": tests, "runs": runs, "logs": ends}, out, indent=1)
os.replace(target + ".part", target)
