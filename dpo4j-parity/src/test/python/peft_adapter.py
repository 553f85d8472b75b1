# SPDX-License-Identifier: Apache-2.0
"""Reads an adapter with PEFT and writes another, and prints the logits of both and then the gradients
of minus the sum of the tokens' log-probs by the weights of the second.

Usage: python peft_adapter.py ADAPTER NEW_ADAPTER BASE lora|dora   (token ids as a JSON list on stdin)
"""

import json
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

adapter, new, base, kind = sys.argv[1:]
ids = torch.tensor([json.load(sys.stdin)])
load = lambda: AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
with torch.no_grad():
    model = PeftModel.from_pretrained(load(), adapter)
    print(json.dumps(model(ids).logits[0].flatten().tolist()))
    torch.manual_seed(1)
    config = LoraConfig(
        r=4, lora_alpha=12, use_rslora=True, target_modules=["k_proj", "o_proj", "gate_proj"], task_type="CAUSAL_LM",
        use_dora=kind == "dora", modules_to_save=["embed_tokens", "lm_head"] if kind == "dora" else None,
    )
    model = get_peft_model(load(), config)
    for name, parameter in model.named_parameters():
        if ".lora_B." in name or ".modules_to_save." in name:
            parameter.normal_(std=0.1)
        if ".lora_magnitude_vector." in name:
            parameter.mul_(1.25)
    model.eval()
    print(json.dumps(model(ids).logits[0].flatten().tolist()))
    model.save_pretrained(new)
logps = torch.log_softmax(model(ids).logits[0, :-1], -1).gather(1, ids[0, 1:, None])
(-logps.sum()).backward()
gradients = {}
for name, parameter in model.named_parameters():
    if parameter.requires_grad:
        name = name.replace("lora_magnitude_vector.default.weight", "lora_magnitude_vector")
        name = name.replace(".modules_to_save.default", "").replace(".default", "")
        gradients[name] = parameter.grad.flatten().tolist()
print(json.dumps(gradients))
