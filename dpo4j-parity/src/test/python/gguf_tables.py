# SPDX-License-Identifier: Apache-2.0
"""Blocks of every GGUF type and the float32 values that the gguf package reads from them, as hex.

Usage: python gguf_tables.py > dpo4j-core/src/test/resources/gguf-blocks.json
Made with gguf 0.19.0.
"""

import json

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

# Where half-precision scales lie in a block: random bits there would be infinite or not a number.
SCALES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "F16": [0],
}

random = np.random.default_rng(20240117)
tables = {}
for name in ("F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"):
    kind = GGMLQuantizationType[name]
    values, size = GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (max(1, 96 // values), size), dtype=np.uint8)
    for at in SCALES.get(name, []):
        scale = random.normal(0, 0.01, len(blocks)).astype(np.float16)
        blocks[:, at : at + 2] = scale.view(np.uint8).reshape(-1, 2)
    if name == "BF16":
        blocks[:, 1] &= 0xBF  # no exponent of all ones
    if name == "F16":  # below the normal range, zeros, infinities, the largest
        blocks[:8] = np.array([0, 0x8000, 1, 0x83FF, 0x7C00, 0xFC00, 0x7BFF, 0x0400], np.uint16).view(np.uint8).reshape(-1, 2)
    data = blocks.reshape(1, -1)
    if name == "F16":
        result = data.view(np.float16).astype(np.float32)
    else:
        result = dequantize(data, kind).astype(np.float32)
    tables[name] = {"stored": blocks.tobytes().hex(), "values": result.astype("<f4").tobytes().hex()}
print(json.dumps(tables, indent=1))
