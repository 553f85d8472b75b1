# SPDX-License-Identifier: Apache-2.0
"""Type, shape and SHA-256 of every tensor of safetensors files, as Python's reader sees them.

Usage: python read_safetensors.py FILE...
"""

import hashlib
import json
import sys

import torch
from safetensors import safe_open

result = {}
for path in sys.argv[1:]:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {}
        for name in file.keys():
            tensor = file.get_tensor(name).contiguous()
            data = tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
            tensors[name] = {
                "dtype": str(tensor.dtype).replace("torch.", ""),
                "shape": list(tensor.shape),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        result[path] = {"metadata": metadata, "tensors": tensors}
print(json.dumps(result))
