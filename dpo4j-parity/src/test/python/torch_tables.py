# SPDX-License-Identifier: Apache-2.0
"""Tables of torch's random orders and transformers' learning rates, for the unit tests of dpo4j-core.

Usage: python torch_tables.py > dpo4j-core/src/test/resources/torch-tables.json
Made with torch 2.15.0 and transformers 5.23.0.
"""

import json
import sys

import torch
from transformers import TrainingArguments, get_scheduler


def permutations():
    rows = []
    for seed in (0, 7, 42, 43, 2**31 + 5, 2**32 + 1, 123456789012):
        for n in (1, 2, 5, 18, 1000, 70001):
            order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).tolist()
            digest = 0
            for index in order:
                digest = (digest * 31 + index) & 0xFFFFFFFF
            rows.append({"seed": seed, "n": n, "first": order[:20], "digest": digest})
    return rows


def schedules():
    cases = [
        ("constant", 3, 10, {}),
        ("constant_with_warmup", 3, 10, {}),
        ("linear", 0, 10, {}),
        ("linear", 4, 10, {}),
        ("linear", 0.25, 10, {}),
        ("linear", 12, 10, {}),
        ("cosine", 0, 7, {}),
        ("cosine", 0.1, 23, {}),
        ("cosine", 2, 20, {"num_cycles": 1.5}),
        ("cosine_with_min_lr", 2, 20, {"min_lr_rate": 0.1}),
        ("cosine_with_min_lr", 0.15, 20, {"min_lr": 3e-7}),
        ("cosine_with_min_lr", 0, 11, {"min_lr": 1e-7, "num_cycles": 0.75}),
    ]
    rows = []
    for name, warmup, steps, kwargs in cases:
        learning_rate = 5e-6
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=learning_rate)
        warmup_steps = TrainingArguments(output_dir="unused", warmup_steps=warmup).get_warmup_steps(steps)
        scheduler = get_scheduler(name, optimizer, warmup_steps, steps, scheduler_specific_kwargs=kwargs)
        rates = []
        for _ in range(steps + 2):
            rates.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
        rows.append(
            {
                "type": name,
                "learning_rate": learning_rate,
                "warmup": warmup,
                "warmup_steps": warmup_steps,
                "training_steps": steps,
                "kwargs": kwargs,
                "rates": rates,
            }
        )
    return rows


if __name__ == "__main__":
    json.dump({"permutations": permutations(), "schedules": schedules()}, sys.stdout, indent=1)
    print()
