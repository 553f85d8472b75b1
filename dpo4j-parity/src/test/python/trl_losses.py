# SPDX-License-Identifier: Apache-2.0
"""Losses, gradients and metrics that TRL's own code gives for stored log-probabilities.

The trainers' loss functions are called on a stand-in for the model whose outputs are drawn at random, so
that no weights are needed. The unit tests of dpo4j-core compare with the result.

Usage: python trl_losses.py > dpo4j-core/src/test/resources/trl-losses.json
Made with trl 1.16.0 and torch 2.15.0.
"""

import json
import sys
from collections import defaultdict
from types import SimpleNamespace

import torch
from trl import DPOTrainer, KTOTrainer
from trl.experimental.cpo import CPOTrainer
from trl.experimental.orpo import ORPOTrainer


def answers(generator, lengths, scale):
    rows = []
    for n in lengths:
        rows.append(
            {
                "logps": (-torch.rand(n, generator=generator) * scale).tolist(),
                "entropies": (torch.rand(n, generator=generator) * 4).tolist(),
                "mean_logits": torch.randn(n, generator=generator).tolist(),
                "top1": (torch.rand(n, generator=generator) < 0.4).tolist(),
                "log_sum_squares": (-torch.rand(n, generator=generator) * 3).tolist(),
            }
        )
    return rows


def batch(seed, lengths, scale, noise):
    generator = torch.Generator().manual_seed(seed)
    chosen = answers(generator, [c for c, _ in lengths], scale)
    rejected = answers(generator, [r for _, r in lengths], scale)

    def references(rows):
        sums = torch.tensor([sum(row["logps"]) for row in rows])
        return (sums + noise * torch.randn(len(rows), generator=generator)).tolist()

    return {
        "chosen": chosen,
        "rejected": rejected,
        "reference_chosen": references(chosen),
        "reference_rejected": references(rejected),
    }


def batches():
    lengths = [(3, 5), (1, 4), (6, 2), (4, 4), (2, 1)]
    return {
        "near": batch(1, lengths, 3.0, 2.0),
        "far": batch(2, lengths, 40.0, 60.0),
        "single": batch(3, [(2, 3)], 3.0, 5.0),
    }


def pad(rows, key, width, dtype):
    out = torch.zeros(len(rows), width, dtype=dtype)
    for i, row in enumerate(rows):
        out[i, : len(row[key])] = torch.tensor(row[key], dtype=dtype)
    return out


def outputs(rows, dtype):
    """What the model returns, one column a scored token, and the completion mask with one prompt token."""
    width = max(len(row["logps"]) for row in rows)
    result = SimpleNamespace(
        log_probs=pad(rows, "logps", width, dtype).requires_grad_(),
        entropy=pad(rows, "entropies", width, dtype),
        mean_logits=pad(rows, "mean_logits", width, dtype),
        is_top1=pad(rows, "top1", width, torch.bool),
        log_sum_sq_probs=pad(rows, "log_sum_squares", width, dtype),
    )
    mask = torch.zeros(len(rows), width + 1, dtype=torch.long)
    for i, row in enumerate(rows):
        mask[i, 1 : 1 + len(row["logps"])] = 1
    return result, mask


def accelerator():
    return SimpleNamespace(device=torch.device("cpu"), gather=lambda x: x, gather_for_metrics=lambda x: x)


def per_token(gradient, rows):
    return [gradient[i, : len(row["logps"])].tolist() for i, row in enumerate(rows)]


def dpo(data, options):
    alpha = options.get("f_divergence_type") == "alpha_divergence"
    dtype = torch.float32 if alpha else torch.float64  # TRL's clamp knows no float64
    rows = data["chosen"] + data["rejected"]
    result, mask = outputs(rows, dtype)
    loss_types = options.get("loss_type", ["sigmoid"])
    trainer = SimpleNamespace(
        model=SimpleNamespace(training=True),
        accelerator=accelerator(),
        aux_loss_enabled=False,
        precompute_ref_logps=True,
        ld_alpha=options.get("ld_alpha"),
        f_divergence_type=options.get("f_divergence_type", "reverse_kl"),
        f_alpha_divergence_coef=options.get("f_alpha_divergence_coef", 0.5),
        beta=options.get("beta", 0.1),
        label_smoothing=options.get("label_smoothing", 0.0),
        loss_types=loss_types,
        loss_weights=options.get("loss_weights", [1.0] * len(loss_types)),
        use_weighting=options.get("use_weighting", False),
        args=SimpleNamespace(discopop_tau=options.get("discopop_tau", 0.05)),
        _metrics=defaultdict(lambda: defaultdict(list)),
        _total_train_tokens=0,
        _tp_size=1,
    )
    inputs = {
        "input_ids": torch.zeros_like(mask),
        "attention_mask": torch.ones_like(mask),
        "completion_mask": mask,
        "ref_chosen_logps": torch.tensor(data["reference_chosen"], dtype=dtype),
        "ref_rejected_logps": torch.tensor(data["reference_rejected"], dtype=dtype),
    }
    loss = DPOTrainer._compute_loss(trainer, lambda **_: result, inputs, False)
    loss.backward()
    gradient = per_token(result.log_probs.grad, rows)
    pairs = len(data["chosen"])
    metrics = {k: v[0] for k, v in trainer._metrics["train"].items() if k != "num_tokens"}
    return {
        "loss": loss.item(),
        "chosen_gradient": gradient[:pairs],
        "rejected_gradient": gradient[pairs:],
        "metrics": metrics,
    }


DPO_CASES = [
    {},
    {"beta": 0.5},
    {"loss_type": ["hinge"]},
    {"loss_type": ["ipo"]},
    {"loss_type": ["nca_pair"]},
    {"loss_type": ["bco_pair"]},
    {"loss_type": ["sppo_hard"]},
    {"loss_type": ["aot"]},
    {"loss_type": ["aot"], "label_smoothing": 0.2},
    {"loss_type": ["aot_unpaired"]},
    {"loss_type": ["aot_unpaired"], "label_smoothing": 0.1, "beta": 0.3},
    {"loss_type": ["apo_zero"]},
    {"loss_type": ["apo_down"]},
    {"loss_type": ["discopop"]},
    {"loss_type": ["discopop"], "discopop_tau": 0.5},
    {"loss_type": ["sft"]},
    {"loss_type": ["sigmoid_norm"], "beta": 2.0},
    {"loss_type": ["exo_pair"], "label_smoothing": 0.001},
    {"loss_type": ["robust"], "label_smoothing": 0.1},
    {"f_divergence_type": "forward_kl"},
    {"f_divergence_type": "js_divergence"},
    {"f_divergence_type": "alpha_divergence"},
    {"f_divergence_type": "alpha_divergence", "f_alpha_divergence_coef": 1.0},
    {"f_divergence_type": "alpha_divergence", "f_alpha_divergence_coef": 1.5},
    {"loss_type": ["ipo"], "f_divergence_type": "js_divergence"},
    {"loss_type": ["hinge"], "f_divergence_type": "js_divergence"},
    {"loss_type": ["robust"], "label_smoothing": 0.3, "f_divergence_type": "js_divergence"},
    {"loss_type": ["sigmoid_norm"], "f_divergence_type": "js_divergence"},
    {"loss_type": ["discopop"], "f_divergence_type": "js_divergence"},
    {"loss_type": ["exo_pair"], "label_smoothing": 0.01, "f_divergence_type": "js_divergence"},
    {"loss_type": ["sigmoid", "bco_pair", "sft"], "loss_weights": [0.8, 0.2, 1.0]},
    {"ld_alpha": 0.3},
    {"ld_alpha": 0.0, "loss_type": ["ipo"]},
    {"ld_alpha": 0.5, "loss_type": ["sigmoid", "sft"]},
    {"use_weighting": True},
    {"use_weighting": True, "loss_type": ["nca_pair", "apo_zero"], "loss_weights": [1.0, 0.5]},
]


def kto(data, options):
    dtype = torch.float64
    rows = [row for pair in zip(data["chosen"], data["rejected"]) for row in pair]
    references = [r for pair in zip(data["reference_chosen"], data["reference_rejected"]) for r in pair]
    labels = [i % 2 == 0 for i in range(len(rows))]
    result, mask = outputs(rows, dtype)
    kl = options["kl_log_ratios"][: len(rows)]
    trainer = SimpleNamespace(
        model=SimpleNamespace(training=True),
        ref_model=None,
        accelerator=accelerator(),
        aux_loss_enabled=False,
        precompute_ref_logps=True,
        calculate_KL=options["loss_type"] == "kto",
        loss_type=options["loss_type"],
        beta=options.get("beta", 0.1),
        desirable_weight=options.get("desirable_weight", 1.0),
        undesirable_weight=options.get("undesirable_weight", 1.0),
        _compute_kl_logps=lambda model, inputs: torch.tensor(kl, dtype=dtype),
        _metrics=defaultdict(lambda: defaultdict(list)),
        _total_train_tokens=0,
        _tp_size=1,
    )
    inputs = {
        "input_ids": torch.zeros_like(mask),
        "attention_mask": torch.ones_like(mask),
        "completion_mask": mask,
        "label": torch.tensor(labels),
        "ref_logps": torch.tensor(references, dtype=dtype),
        "ref_KL_logps": torch.zeros(len(rows), dtype=dtype),
    }
    loss = KTOTrainer._compute_loss(trainer, lambda **_: result, inputs, False)
    loss.backward()
    metrics = {k: v[0] for k, v in trainer._metrics["train"].items() if k != "num_tokens"}
    return {
        "loss": loss.item(),
        "gradient": [row[0] for row in per_token(result.log_probs.grad, rows)],
        "metrics": metrics,
    }


KTO_CASES = [
    {"loss_type": "kto", "kl_log_ratios": [0.5, -1.0, 2.0, 3.0, -0.5, 1.0, 0.0, 4.0, 1.5, -2.0]},
    {"loss_type": "kto", "kl_log_ratios": [-1.0] * 10, "beta": 0.3},
    {
        "loss_type": "kto",
        "kl_log_ratios": [1.0] * 10,
        "desirable_weight": 1.2,
        "undesirable_weight": 0.7,
    },
    {"loss_type": "apo_zero_unpaired", "kl_log_ratios": [1.0] * 10},
]


def reference_free(data, options):
    """The preference terms of CPO, SimPO and ORPO, without their log-loss."""
    average = options["loss_type"] in ("simpo", "orpo")

    def logps(rows):
        sums = [sum(row["logps"]) / (len(row["logps"]) if average else 1) for row in rows]
        return torch.tensor(sums, dtype=torch.float64, requires_grad=True)

    chosen, rejected = logps(data["chosen"]), logps(data["rejected"])
    trainer = SimpleNamespace(
        accelerator=accelerator(),
        alpha=0.0,
        beta=options["beta"],
        simpo_gamma=options.get("simpo_gamma", 0.5),
        label_smoothing=options.get("label_smoothing", 0.0),
        loss_type={"cpo": "sigmoid", "simpo": "simpo", "orpo": "orpo"}[options["loss_type"]],
    )
    if options["loss_type"] == "orpo":
        losses, chosen_rewards, rejected_rewards, _, _ = ORPOTrainer.odds_ratio_loss(trainer, chosen, rejected)
        losses = -losses
    else:
        losses, chosen_rewards, rejected_rewards = CPOTrainer.cpo_loss(trainer, chosen, rejected)
    losses.sum().backward()
    scale = [len(row["logps"]) if average else 1 for row in data["chosen"] + data["rejected"]]
    gradient = (chosen.grad.tolist() + rejected.grad.tolist())
    gradient = [g / n for g, n in zip(gradient, scale)]
    pairs = len(data["chosen"])
    return {
        "losses": losses.tolist(),
        "chosen_gradient": gradient[:pairs],
        "rejected_gradient": gradient[pairs:],
        "chosen_rewards": chosen_rewards.tolist(),
        "rejected_rewards": rejected_rewards.tolist(),
    }


FREE_CASES = [
    {"loss_type": "cpo", "beta": 0.1},
    {"loss_type": "cpo", "beta": 0.3, "label_smoothing": 0.1},
    {"loss_type": "simpo", "beta": 2.0, "simpo_gamma": 0.5},
    {"loss_type": "simpo", "beta": 2.5, "simpo_gamma": 1.4, "label_smoothing": 0.05},
    {"loss_type": "orpo", "beta": 0.1},
    {"loss_type": "orpo", "beta": 0.25},
]


def run(cases, function, data):
    return [
        {"batch": name, "options": options, "expected": function(rows, options)}
        for options in cases
        for name, rows in data.items()
    ]


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value


if __name__ == "__main__":
    inputs = batches()
    table = {
        "batches": inputs,
        "dpo": rounded(run(DPO_CASES, dpo, inputs)),
        "kto": rounded(run(KTO_CASES, kto, {"near": inputs["near"], "far": inputs["far"]})),
        "reference_free": rounded(run(FREE_CASES, reference_free, {"near": inputs["near"]})),
    }
    json.dump(table, sys.stdout, separators=(",", ":"))
    print()
