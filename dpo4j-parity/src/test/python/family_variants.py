# SPDX-License-Identifier: Apache-2.0
"""Tiny random models of many families and switches, with what transformers computes of them.

Usage: python family_variants.py OUT < CASES.jsonl

A case has a name, a model_type and fields of its configuration. OUT/NAME becomes a model folder
with golden.safetensors beside it: logits, log-probabilities, the DPO loss and every gradient.
"""

import json
import math
import os
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

BASE = {
    "vocab_size": 199,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
    "bos_token_id": None,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
PROMPT, CHOSEN, REJECTED = 23, 19, 30
VISION = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}


def model_of(case, seed):
    torch.manual_seed(seed)
    fields = {**BASE, **case["fields"]}
    if case["model_type"] == "gemma3":
        config = AutoConfig.for_model(
            "gemma3", text_config=fields, vision_config=VISION, mm_tokens_per_image=4,
            eos_token_id=2, pad_token_id=0,
        )
    else:
        config = AutoConfig.for_model(case["model_type"], **fields)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:  # norms and biases must not be what they begin as
                parameter.add_(torch.randn_like(parameter) * 0.2)
            elif "experts" in name or "mlp.gate.weight" in name:
                parameter.copy_(torch.randn_like(parameter) * 0.2)
    return model.eval()


def score(model, prompt, answer):
    ids = torch.tensor([prompt + answer])
    logits = model(input_ids=ids).logits[0].float()
    logps = torch.log_softmax(logits[:-1], -1)
    positions = torch.arange(len(prompt) - 1, len(prompt) + len(answer) - 1)
    return logits, logps[positions, torch.tensor(answer)]


def record(case, out, seed):
    model = model_of(case, seed)
    generator = torch.Generator().manual_seed(seed + 1)
    draw = lambda n: torch.randint(3, BASE["vocab_size"], (n,), generator=generator).tolist()
    sizes = case.get("sizes", [PROMPT, CHOSEN, REJECTED])
    prompt, chosen, rejected = (draw(n) for n in sizes)
    logits_chosen, c = score(model, prompt, chosen)
    logits_rejected, r = score(model, prompt, rejected)
    reference = [c.sum().item() + 3.0, r.sum().item() - 2.0]
    margin = 0.1 * ((c.sum() - reference[0]) - (r.sum() - reference[1]))
    loss = -torch.nn.functional.logsigmoid(margin)
    loss.backward()
    tensors = {
        "prompt_ids": torch.tensor(prompt),
        "chosen_ids": torch.tensor(chosen),
        "rejected_ids": torch.tensor(rejected),
        "reference_chosen_logp": torch.tensor([reference[0]]),
        "reference_rejected_logp": torch.tensor([reference[1]]),
        "logits_chosen": logits_chosen.detach(),
        "token_logps_chosen": c.detach(),
        "token_logps_rejected": r.detach(),
        "dpo_loss_beta_0_1": loss.detach().reshape(1),
    }
    for name, parameter in model.named_parameters():
        if "vision" in name or "multi_modal" in name:
            continue
        name = name.replace("model.language_model.", "model.")
        gradient = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
        tensors["grad." + name] = gradient.clone()
    # With a cache, transformers loses the beginning where LongRoPE changes at the original length.
    long_rope = "longrope" in json.dumps(case["fields"])
    with torch.no_grad():
        ids = torch.tensor([prompt])
        greedy = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False,
            max_new_tokens=24, eos_token_id=None, use_cache=not long_rope,
        )
    folder = os.path.join(out, case["name"])
    model.save_pretrained(folder)
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder + "/golden.safetensors")
    with open(folder + "/golden.json", "w") as file:
        json.dump({"greedy_24": greedy[0, len(prompt):].tolist()}, file)


for number, line in enumerate(sys.stdin):
    if line.strip():
        record(json.loads(line), sys.argv[1], 100 + number)
