# SPDX-License-Identifier: Apache-2.0
"""Prints the logits of a model folder under transformers, one JSON list of rows a line of ids.

Usage: python logits.py FOLDER < LINES, each line a JSON list of token ids
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

AutoTokenizer.from_pretrained(sys.argv[1])  # The folder has to be whole.
model, info = AutoModelForCausalLM.from_pretrained(sys.argv[1], output_loading_info=True, dtype=torch.float32)
if info["missing_keys"] or info["unexpected_keys"] or info["mismatched_keys"]:
    raise SystemExit(f"the folder does not fit: {info}")
for line in sys.stdin:
    with torch.no_grad():
        logits = model(torch.tensor([json.loads(line)])).logits[0]
    print(json.dumps(logits.tolist()))
