# SPDX-License-Identifier: Apache-2.0
"""Reads an adapter with PEFT and writes another, and prints the logits of both.

Usage: python peft_adapter.py ADAPTER NEW_ADAPTER BASE   (token ids as a JSON list on stdin)
"""

import json
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

adapter, new, base = sys.argv[1:]
ids = torch.tensor([json.load(sys.stdin)])
load = lambda: AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
with torch.no_grad():
    model = PeftModel.from_pretrained(load(), adapter)
    print(json.dumps(model(ids).logits[0].flatten().tolist()))
    torch.manual_seed(1)
    config = LoraConfig(
        r=4, lora_alpha=12, use_rslora=True, target_modules=["k_proj", "o_proj", "gate_proj"], task_type="CAUSAL_LM"
    )
    model = get_peft_model(load(), config)
    for name, parameter in model.named_parameters():
        if ".lora_B." in name:
            parameter.normal_(std=0.1)
    model.eval()
    print(json.dumps(model(ids).logits[0].flatten().tolist()))
    model.save_pretrained(new)
