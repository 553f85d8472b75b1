# SPDX-License-Identifier: Apache-2.0
"""Prints what transformers generates, and which tokens its logits processors leave.

Usage: python generate.py FOLDER < CASES, each line a JSON object: either
{"prompts": [[ids], ...], "max_new_tokens": N, "repetition_penalty": P}, answered greedily in one left-padded
batch as a list of lists of ids, or {"scores": [...], "top_k": K, "top_p": P, "min_p": M, "temperature": T},
answered with the probabilities that are left.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, LogitsProcessorList
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
# generate() fills what its argument leaves out from here: real models name end tokens and penalties.
model.generation_config = GenerationConfig()


def greedy(case):
    width = max(len(p) for p in case["prompts"])
    ids = torch.tensor([[0] * (width - len(p)) + p for p in case["prompts"]])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in case["prompts"]])
    config = GenerationConfig(
        do_sample=False, max_new_tokens=case["max_new_tokens"], repetition_penalty=case["repetition_penalty"],
        eos_token_id=None, pad_token_id=0)
    out = model.generate(ids, attention_mask=mask, generation_config=config)
    return out[:, width:].tolist()


def filtered(case):
    processors = LogitsProcessorList([TemperatureLogitsWarper(case["temperature"])])
    if case["top_k"]:
        processors.append(TopKLogitsWarper(case["top_k"]))
    if case["top_p"] < 1:
        processors.append(TopPLogitsWarper(case["top_p"]))
    if case["min_p"]:
        processors.append(MinPLogitsWarper(case["min_p"]))
    scores = processors(torch.zeros(1, 1, dtype=torch.long), torch.tensor([case["scores"]]))
    return scores.softmax(-1)[0].tolist()


for line in sys.stdin:
    case = json.loads(line)
    with torch.no_grad():
        print(json.dumps(greedy(case) if "prompts" in case else filtered(case)))
