# SPDX-License-Identifier: Apache-2.0
"""Loads model folders with transformers and prints what is missing or unexpected, and the weights' hash.

Usage: python load_model.py FOLDER...
"""

import hashlib
import json
import sys

import torch
from transformers import AutoModelForCausalLM

for folder in sys.argv[1:]:
    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True, dtype="auto")
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    print(
        json.dumps(
            {
                "missing": sorted(info["missing_keys"]),
                "unexpected": sorted(info["unexpected_keys"]),
                "mismatched": sorted(map(str, info["mismatched_keys"])),
                "dtype": str(model.dtype),
                "sha256": digest.hexdigest(),
            }
        )
    )
