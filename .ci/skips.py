# SPDX-License-Identifier: Apache-2.0
"""List the skipped tests of all reports; fail when a parity test was skipped without need.

Only tests that start the peer's Python may skip, and only where it is not installed. They say so
with the name of its variable, DPO4J_PEER, in the reason.
"""

import glob
import os
import sys
import xml.etree.ElementTree as xml

total, skipped, faults = 0, 0, []
for report in sorted(glob.glob("*/target/*-reports/TEST-*.xml")):
    for case in xml.parse(report).getroot().iter("testcase"):
        total += 1
        skip = case.find("skipped")
        if skip is None:
            continue
        skipped += 1
        reason = " ".join((skip.get("message") or skip.text or "no reason given").split())
        name = f"{case.get('classname')}.{case.get('name')}"
        print(f"skipped: {name}: {reason}")
        if "DPO4J_PEER" not in reason or os.environ.get("DPO4J_PEER"):
            faults.append(name)

print(f"{total} tests, {skipped} skipped")
if total == 0:
    sys.exit("no test report was found")
if faults:
    sys.exit("these tests must not skip here: " + ", ".join(faults))
