"""Records what the optimizers of the field do to three weights over six steps.

Writes ../src/test/resources/golden/optimizers.json, which OptimizerParityTest reads. Made with

    pip install torch==2.11.0 transformers==5.17.0 peft==0.21.2 bitsandbytes==0.50.2
    python optimizers.py

The steps of torch and of transformers' Adafactor are their own classes, with the arguments that
transformers' Trainer passes; AdEMAMix is the reference class of bitsandbytes. Lion is algorithm 2
of "Symbolic Discovery of Optimization Algorithms", arXiv 2302.06675, written out below.
"""

import json
import os

import torch
from bitsandbytes.optim.ademamix import _ReferenceAdEMAMix
from peft import LoraConfig, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from transformers.optimization import Adafactor

SHAPES = {"matrix": (5, 7), "stack": (2, 3, 4), "norm": (6,)}
UNDECAYED = {"norm"}
RATES = [0.0, 1e-3, 2e-3, 2e-3, 1.5e-3, 5e-4]
RECORDED = [1, 2, 6]  # numbers of steps after which the weights are kept


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr, betas, weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["exp_avg"] = torch.zeros_like(p)
                m = state["exp_avg"]
                update = torch.sign(beta1 * m + (1 - beta1) * p.grad)
                p.sub_(group["lr"] * (update + group["weight_decay"] * p))
                m.copy_(beta2 * m + (1 - beta2) * p.grad)


ADAM = {"betas": (0.9, 0.999), "eps": 1e-8}
TRAINER_ADAFACTOR = {"scale_parameter": False, "relative_step": False}

# name of the case: optim, optim_args, weight_decay, class, arguments
CASES = {
    "adamw": ("adamw_torch", "", 0.1, torch.optim.AdamW, ADAM),
    "sgd": ("sgd", "", 0.0, torch.optim.SGD, {}),
    "sgd with decay": ("sgd", "", 0.1, torch.optim.SGD, {}),
    "sgd with momentum": (
        "sgd", "momentum=0.9, dampening=0.3", 0.1, torch.optim.SGD, {"momentum": 0.9, "dampening": 0.3}),
    "sgd of nesterov": (
        "sgd", "momentum=0.8,nesterov=true", 0.0, torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
    "rmsprop": ("rmsprop", "", 0.0, torch.optim.RMSprop, {}),
    "rmsprop with momentum": (
        "rmsprop", "momentum=0.9,alpha=0.95,eps=1e-6", 0.1, torch.optim.RMSprop,
        {"momentum": 0.9, "alpha": 0.95, "eps": 1e-6}),
    "rmsprop centered": ("rmsprop", "centered=true", 0.0, torch.optim.RMSprop, {"centered": True}),
    "rmsprop centered, short memory": (
        "rmsprop", "centered=true,alpha=0.3", 0.0, torch.optim.RMSprop, {"centered": True, "alpha": 0.3}),
    "adagrad": ("adagrad", "", 0.0, torch.optim.Adagrad, {}),
    "adagrad with decay": (
        "adagrad", "lr_decay=0.2,eps=1e-6", 0.1, torch.optim.Adagrad, {"lr_decay": 0.2, "eps": 1e-6}),
    "adafactor": ("adafactor", "", 0.0, Adafactor, TRAINER_ADAFACTOR),
    "adafactor with decay": ("adafactor", "", 0.1, Adafactor, TRAINER_ADAFACTOR),
    "lion": ("lion", "", 0.1, Lion, {"betas": (0.9, 0.99)}),
    "ademamix": (
        "ademamix", "", 0.1, _ReferenceAdEMAMix,
        {"betas": (0.9, 0.999, 0.9999), "alpha": 5.0, "eps": 1e-8}),
    "ademamix with schedules": (
        "ademamix", "beta3=0.99,alpha=2,t_alpha=4,t_beta3=4", 0.0, _ReferenceAdEMAMix,
        {"betas": (0.9, 0.999, 0.99), "alpha": 2.0, "t_alpha": 4, "t_beta3": 4, "eps": 1e-8}),
}


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def weights(seed):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=generator) * 0.1 for name, shape in SHAPES.items()}


def gradients(step):
    """Of different sizes, and zero in places: that is where optimizers differ."""
    generator = torch.Generator().manual_seed(100 + step)
    result = {}
    for name, shape in SHAPES.items():
        gradient = torch.randn(shape, generator=generator) * 10.0 ** (step % 3 - 1)
        gradient.flatten()[step % 5] = 0.0
        result[name] = gradient
    return result


def run(optimizer_class, arguments, decay):
    parameters = {name: torch.nn.Parameter(value) for name, value in weights(7).items()}
    # A group each: the reference of AdEMAMix raises alpha anew for each parameter of a group.
    groups = [
        {"params": [p], "weight_decay": 0.0 if n in UNDECAYED else decay}
        for n, p in parameters.items()
    ]
    optimizer = optimizer_class(groups, lr=1e-3, **arguments)
    recorded = {}
    for step, rate in enumerate(RATES, start=1):
        for name, gradient in gradients(step).items():
            parameters[name].grad = gradient.clone()
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        if step in RECORDED:
            recorded[str(step)] = {name: numbers(p) for name, p in parameters.items()}
    return recorded


def loraplus():
    torch.manual_seed(0)
    base = torch.nn.Sequential(torch.nn.Linear(4, 3))
    model = get_peft_model(base, LoraConfig(r=2, target_modules=["0"]))
    optimizer = create_loraplus_optimizer(
        model, torch.optim.AdamW, lr=1e-3, loraplus_lr_ratio=16.0,
        loraplus_weight_decay=0.1, **ADAM)
    trained = {n.replace(".default", "").replace("base_model.model.", ""): p
               for n, p in model.named_parameters() if p.requires_grad}
    start = {name: numbers(p) for name, p in trained.items()}
    generator = torch.Generator().manual_seed(5)
    steps = []
    for _ in range(3):
        for p in trained.values():
            p.grad = torch.randn(p.shape, generator=generator)
        steps.append({name: numbers(p.grad) for name, p in trained.items()})
        optimizer.step()
    return {
        "ratio": 16.0, "rate": 1e-3, "weight_decay": 0.1,
        "shapes": {name: list(p.shape) for name, p in trained.items()},
        "start": start, "gradients": steps,
        "end": {name: numbers(p) for name, p in trained.items()},
    }


def main():
    golden = {
        "made_with": "torch 2.11.0, transformers 5.17.0, peft 0.21.2, bitsandbytes 0.50.2",
        "shapes": SHAPES,
        "undecayed": sorted(UNDECAYED),
        "rates": RATES,
        "start": {name: numbers(value) for name, value in weights(7).items()},
        "gradients": [
            {name: numbers(g) for name, g in gradients(step).items()}
            for step in range(1, len(RATES) + 1)
        ],
        "cases": [
            {"name": name, "optim": optim, "optim_args": optim_args, "weight_decay": decay,
             "betas": arguments.get("betas", (0.9, 0.999))[:2],
             "weights": run(optimizer_class, arguments, decay)}
            for name, (optim, optim_args, decay, optimizer_class, arguments) in CASES.items()
        ],
        "loraplus": loraplus(),
    }
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/test/resources/golden")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "optimizers.json"), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
