# SPDX-License-Identifier: Apache-2.0
"""Values, and what the gguf package and llama.cpp's own library make of them, as hex.

Usage: python gguf_encoded.py LIBGGML_BASE.so > dpo4j-data/src/test/resources/gguf-encoded.json

Blocks of 32 values come from gguf 0.19.0. For blocks of 256, which that package cannot write, the library's
ggml_quantize_chunk tells how large its errors are: the root of the mean square over all values.
"""

import ctypes
import json
import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize, quantize

random = np.random.default_rng(20240611)
values = np.concatenate([
    random.normal(0, 0.03, (8, 256)),
    random.standard_t(3, (4, 256)) * 0.02,
    random.uniform(-1, 1, (2, 256)),
    np.zeros((1, 256)),
    np.where(np.arange(256) == 77, 5.0, random.normal(0, 1e-3, 256))[None],
    np.abs(random.normal(0, 0.5, (1, 256))),
    random.normal(0, 1e-6, (1, 256)),
]).astype("<f4")
tables = {"values": values.tobytes().hex(), "stored": {}, "error": {}}
for name in ("F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"):
    kind = GGMLQuantizationType[name]
    stored = values.astype(np.float16) if name == "F16" else quantize(values, kind)
    tables["stored"][name] = np.ascontiguousarray(stored).tobytes().hex()
library = ctypes.CDLL(sys.argv[1])
library.ggml_quantize_chunk.restype = ctypes.c_size_t
library.ggml_quantize_chunk.argtypes = [
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p,
]
for name in ("Q4_K", "Q5_K", "Q6_K"):
    kind = GGMLQuantizationType[name]
    out = np.zeros((len(values), GGML_QUANT_SIZES[kind][1]), np.uint8)
    library.ggml_quantize_chunk(int(kind), values.ctypes.data, out.ctypes.data, 0, len(values), 256, None)
    off = dequantize(out, kind).astype(np.float64) - values
    tables["error"][name] = [float(e) for e in np.sqrt(np.mean(off**2, axis=1))]
print(json.dumps(tables, indent=1))
