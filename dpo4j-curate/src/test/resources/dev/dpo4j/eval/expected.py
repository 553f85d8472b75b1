# SPDX-License-Identifier: Apache-2.0
"""Write expected.json: figures of made pairs, computed with numpy and scipy.

Run it where both are installed: python expected.py > expected.json
"""

import json
import math
import sys

import numpy as np
from scipy import optimize, stats

BETA = 0.1


def pairs(seed, count):
    random = np.random.default_rng(seed)
    reference = random.normal(-60, 20, (count, 2))
    gain = random.normal([1.5, -4.0], 6.0, (count, 2))
    policy = reference + gain
    tokens = random.integers(5, 120, (count, 2))
    return [
        {
            "chosen": round(float(policy[i, 0]), 6),
            "rejected": round(float(policy[i, 1]), 6),
            "referenceChosen": round(float(reference[i, 0]), 6),
            "referenceRejected": round(float(reference[i, 1]), 6),
            "chosenTokens": int(tokens[i, 0]),
            "rejectedTokens": int(tokens[i, 1]),
        }
        for i in range(count)
    ]


def margins(rows):
    return np.array(
        [
            BETA
            * (
                (row["chosen"] - row["referenceChosen"])
                - (row["rejected"] - row["referenceRejected"])
            )
            for row in rows
        ]
    )


def length_controlled(rows, right):
    length = np.array([row["chosenTokens"] - row["rejectedTokens"] for row in rows], float)
    length = length / math.sqrt(np.mean(length**2))

    def loss(w):
        z = w[0] + w[1] * length
        return np.sum(np.logaddexp(0, z) - right * z) + 0.005 * (w[0] ** 2 + w[1] ** 2)

    found = optimize.minimize(loss, [0.0, 0.0], tol=1e-12)
    return 1 / (1 + math.exp(-found.x[0]))


def calibration(margin, right):
    confidence = 1 / (1 + np.exp(-np.abs(margin)))
    bins = np.clip(np.floor((confidence - 0.5) / 0.05), 0, 9).astype(int)
    error = 0.0
    for b in range(10):
        chosen = bins == b
        if chosen.any():
            error += abs(right[chosen].mean() - confidence[chosen].mean()) * chosen.mean()
    return error


first, second = pairs(1, 150), pairs(1, 150)
noise = np.random.default_rng(2).normal(0, 5, (150, 2))
for row, move in zip(second, noise):
    row["chosen"] = round(row["chosen"] + float(move[0]), 6)
    row["rejected"] = round(row["rejected"] + float(move[1]), 6)

a, b = margins(first), margins(second)
right, other = a > 0, b > 0
wilson = stats.binomtest(int(right.sum()), len(right)).proportion_ci(0.95, "wilson")
only_first, only_second = int((right & ~other).sum()), int((other & ~right).sum())
shift = np.array([row["chosen"] - row["referenceChosen"] for row in first])
tokens = np.array([row["chosenTokens"] for row in first])
boot = stats.bootstrap((a,), np.mean, n_resamples=20000, rng=3, method="BCa")
json.dump(
    {
        "beta": BETA,
        "first": first,
        "second": second,
        "accuracy": [float(right.mean()), float(wilson.low), float(wilson.high)],
        "margin": [
            float(a.mean()),
            float(boot.confidence_interval.low),
            float(boot.confidence_interval.high),
        ],
        "loss": float(np.logaddexp(0, -a).mean()),
        "displacement": float(shift.sum() / tokens.sum()),
        "length_controlled_accuracy": length_controlled(first, right.astype(float)),
        "calibration_error": float(calibration(a, right)),
        "mcnemar": [
            only_first,
            only_second,
            float(stats.binomtest(only_first, only_first + only_second).pvalue),
        ],
        "margin_difference": float((a - b).mean()),
        "sign_flip": float(
            stats.permutation_test(
                (a - b,), np.mean, permutation_type="samples", n_resamples=100000, rng=4
            ).pvalue
        ),
        "student": [[n, float(stats.t.ppf(0.975, n))] for n in (10, 19, 49, 99, 999)],
        "normal": [[x, float(stats.norm.cdf(x))] for x in (-3.1, -1.96, -0.4, 0.0, 1.3)],
    },
    sys.stdout,
    indent=1,
)
print()
