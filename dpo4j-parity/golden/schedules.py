"""Records the learning rates of all of transformers' schedules.

Writes ../src/test/resources/golden/schedules.json, which ScheduleParityTest reads. Made with

    pip install torch==2.11.0 transformers==5.17.0
    python schedules.py
"""

import json
import os
import random

import torch
from transformers.optimization import get_scheduler

# type, learning rate, steps of warm-up, steps of the run, lr_scheduler_kwargs
BY_STEP = [
    ("linear", 1e-6, 3, 12, {}),
    ("cosine", 1e-6, 3, 12, {}),
    ("cosine", 1e-6, 0, 12, {"num_cycles": 1.5}),
    ("constant", 1e-6, 0, 12, {}),
    ("constant_with_warmup", 1e-6, 3, 12, {}),
    ("cosine_with_restarts", 1e-6, 3, 12, {}),
    ("cosine_with_restarts", 5e-7, 0, 13, {"num_cycles": 3}),
    ("polynomial", 1e-6, 3, 12, {}),
    ("polynomial", 2e-5, 2, 11, {"lr_end": 1e-6, "power": 2.0}),
    ("inverse_sqrt", 1e-6, 3, 12, {}),
    ("inverse_sqrt", 1e-6, 0, 12, {}),
    ("inverse_sqrt", 1e-6, 2, 12, {"timescale": 5}),
    ("cosine_with_min_lr", 1e-6, 3, 12, {"min_lr": 1e-7}),
    ("cosine_with_min_lr", 1e-6, 0, 12, {"min_lr_rate": 0.2, "num_cycles": 1.0}),
    ("cosine_warmup_with_min_lr", 1e-6, 3, 12, {"min_lr": 1e-7}),
    ("cosine_warmup_with_min_lr", 1e-6, 4, 12, {"min_lr_rate": 0.1, "warmup_lr_rate": 0.25}),
    ("cosine_warmup_with_min_lr", 1e-6, 0, 12, {"min_lr_rate": 0.0, "num_cycles": 1.0}),
    ("warmup_stable_decay", 1e-6, 3, 12, {"num_decay_steps": 4}),
    ("warmup_stable_decay", 1e-6, 3, 12,
     {"num_decay_steps": 5, "min_lr_ratio": 0.1, "warmup_type": "cosine", "decay_type": "linear"}),
    ("warmup_stable_decay", 1e-6, 4, 14,
     {"num_decay_steps": 4, "num_stable_steps": 3, "warmup_type": "1-sqrt", "decay_type": "1-sqrt"}),
    ("warmup_stable_decay", 1e-6, 0, 10, {"num_decay_steps": 6, "num_cycles": 1.5}),
]

# type, learning rate, lr_scheduler_kwargs
BY_METRIC = [
    ("reduce_lr_on_plateau", 1e-4, {}),
    ("reduce_lr_on_plateau", 1e-3, {"patience": 1, "factor": 0.5}),
    ("reduce_lr_on_plateau", 1e-3,
     {"patience": 0, "cooldown": 2, "min_lr": 1e-5, "threshold": 0.05, "threshold_mode": "abs"}),
    ("reduce_lr_on_plateau", 1e-3, {"mode": "max", "patience": 2, "factor": 0.3}),
    ("reduce_lr_on_plateau", 1e-3,
     {"mode": "max", "patience": 1, "threshold": 0.1, "threshold_mode": "abs", "eps": 1e-5}),
    ("greedy", 1e-6, {}),
    ("greedy", 1e-3, {"patience": 1, "min_lr": 1e-5, "max_lr": 2e-3, "factor": 0.8}),
    ("greedy", 1e-3,
     {"patience": 0, "min_lr": 5e-4, "factor": 0.7, "cooldown": 1, "warmup": 2, "reset_start": 2}),
    ("greedy", 1e-3,
     {"patience": 1, "min_lr": 1e-5, "smooth": True, "window_size": 3, "reset_start": 3}),
    ("greedy", 1e-3,
     {"patience": 1, "min_lr": 1e-6, "mode": "max", "threshold_mode": "rel", "threshold": 0.01}),
]


def optimizer(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def by_step(name, rate, warmup, steps, arguments):
    sgd = optimizer(rate)
    schedule = get_scheduler(name, sgd, warmup, steps, arguments)
    rates = []
    for _ in range(steps + 2):
        rates.append(schedule.get_last_lr()[0])
        sgd.step()
        schedule.step()
    return rates


def metrics():
    """First it gets better, then it stands still, then it gets worse, better and worse."""
    random.seed(3)
    fall = [2.0 / (1 + 0.3 * i) for i in range(12)]
    flat = [fall[-1] + 0.001 * random.random() for _ in range(14)]
    noise = [0.6 + 0.5 * random.random() for _ in range(14)]
    again = [0.4 - 0.02 * i for i in range(8)]
    return [round(x, 6) for x in fall + flat + noise + again + flat]


def by_metric(name, rate, arguments):
    sgd = optimizer(rate)
    schedule = get_scheduler(name, sgd, 0, 100, arguments)
    rates = []
    for metric in metrics():
        schedule.step(metric)
        rates.append(sgd.param_groups[0]["lr"])
    return rates


def main():
    golden = {
        "made_with": "torch 2.11.0, transformers 5.17.0",
        "by_step": [
            {"type": name, "rate": rate, "warmup": warmup, "steps": steps, "kwargs": arguments,
             "rates": by_step(name, rate, warmup, steps, arguments)}
            for name, rate, warmup, steps, arguments in BY_STEP
        ],
        "metrics": metrics(),
        "by_metric": [
            {"type": name, "rate": rate, "kwargs": arguments,
             "rates": by_metric(name, rate, arguments)}
            for name, rate, arguments in BY_METRIC
        ],
    }
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/test/resources/golden")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "schedules.json"), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
