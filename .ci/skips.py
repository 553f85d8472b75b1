# SPDX-License-Identifier: Apache-2.0
"""List the skipped tests of all reports; fail when one was skipped that can run here.

Golden files and models are there, so a test may skip for few reasons only: it needs the peer's
Python environment, a PyTorch with CUDA, Python's openai package, MLflow's server or Spark, which is not installed, a card, a device file that this
system lacks, or a signal that is ignored where the tests were started.
"""

import glob
import os
import sys
import xml.etree.ElementTree as xml

peer = os.environ.get("DPO4J_PEER") and os.environ.get("DPO4J_PEER_4")
excuses = ["needs /dev/full", "SIGINT is ignored", "needs a card", "has a card", "there is no card"]
excuses += ["the processor computes so"]
excuses += ["Python's openai package cannot be installed"]
excuses += [] if os.environ.get("DPO4J_MLFLOW") else ["not installed (DPO4J_MLFLOW)"]
excuses += [] if os.environ.get("DPO4J_SPARK") else ["not installed (DPO4J_SPARK)"]
excuses += [] if peer else ["the peer's environment is not installed"]
excuses += [] if os.environ.get("DPO4J_LIBTORCH") else ["needs DPO4J_LIBTORCH", "DPO4J_LIBTORCH names no PyTorch"]
excuses += [] if os.environ.get("DPO4J_NVRTC") else ["DPO4J_NVRTC"]

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
        if not any(excuse in reason for excuse in excuses):
            faults.append(name)

print(f"{total} tests, {skipped} skipped")
if total == 0:
    sys.exit("no test report was found")
if faults:
    sys.exit("these tests must not skip here: " + ", ".join(faults))
