# SPDX-License-Identifier: Apache-2.0
"""Prints the figures of one run as a line: figures.py NAME FILE"""
import json
import sys

name, file = sys.argv[1:]
lines = [line for line in open(file) if line.startswith("{")]
if not lines:
    print(f"   {name}: no result")
    sys.exit()
run = json.loads(lines[-1])
steps = sorted(run["step_s"][1:]) or run["step_s"]
losses = run.get("losses") or [step.get("loss") for step in run.get("steps", [])]
print(
    f"   {name}: {run['tokens_per_s']:,.0f} tokens/s, reference {run['reference_s']:.2f} s,"
    f" training {run['train_s']:.2f} s, median step {1e3 * steps[len(steps) // 2]:.1f} ms,"
    f" peak {run.get('peak_device_gb')} GiB, {run['pairs']} pairs, {run['tokens']} tokens,"
    f" losses {losses[:2]} .. {losses[-2:]}")
