# SPDX-License-Identifier: Apache-2.0
"""Averaged weights that TRL's own BEMACallback gives for stored weights of every step.

The callback is driven as the trainer drives it, over a model of a few numbers. A unit test of dpo4j-core
compares with the result.

Usage: python trl_bema.py > dpo4j-core/src/test/resources/trl-bema.json
Made with trl 1.16.0 and torch 2.11.0.
"""

import json
import sys
from types import SimpleNamespace

import torch
from trl import BEMACallback

STEPS = 12
NUMBERS = 7


class Toy(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.weight = torch.nn.Parameter(torch.zeros(NUMBERS))


def run(weights, options):
    model = Toy(None)
    callback = BEMACallback(**options)
    with torch.no_grad():
        model.weight.copy_(weights[0])
    callback.on_train_begin(None, None, None, model=model)
    for step in range(1, STEPS + 1):
        with torch.no_grad():
            model.weight.copy_(weights[step])
        callback.on_step_end(None, SimpleNamespace(global_step=step), None, model=model)
    return callback.running_model.weight.tolist()


def main():
    generator = torch.Generator().manual_seed(20)
    weights = torch.randn(STEPS + 1, NUMBERS, generator=generator)
    cases = [
        {},
        {"update_freq": 1},
        {"update_freq": 2, "update_after": 3},
        {"update_freq": 3, "ema_power": 0.0},
        {"update_freq": 2, "bias_power": 0.0, "lag": 1},
        {"update_freq": 1, "multiplier": 0.25, "min_ema_multiplier": 0.6},
        {"update_freq": 4, "update_after": 1, "ema_power": 0.8, "bias_power": 0.4, "lag": 5},
        {"update_freq": 1, "update_after": 40},
    ]
    result = {
        "weights": weights.tolist(),
        "cases": [{"options": case, "result": run(weights, case)} for case in cases],
    }
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


main()
