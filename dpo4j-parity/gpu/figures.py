# SPDX-License-Identifier: Apache-2.0
"""Prints the figures of one run as a line: figures.py NAME FILE"""
import sys

from collect import last_object, losses, median_step_s

name, file = sys.argv[1:]
run = last_object(file)
if run is None:
    print(f"   {name}: no result")
    sys.exit()
found, peak = [round(loss, 6) for loss in losses(run)], run.get("peak_device_gb")
print(
    f"   {name}: {run['tokens_per_s']:,.0f} tokens/s, reference {run['reference_s']:.2f} s,"
    f" training {run['train_s']:.2f} s, median step {1e3 * median_step_s(run):.1f} ms,"
    f" peak {'unknown' if peak is None else f'{peak:.2f} GiB'}, {run['pairs']} pairs, {run['tokens']} tokens,"
    f" losses {found[:2]} .. {found[-2:]}")
