#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Let llama.cpp round a GGUF file by itself, and say which tensors of another file have the same bytes.

    python3 quantise.py NODE_MODULES MODEL-f32.gguf TYPE OTHER.gguf

NODE_MODULES holds node-llama-cpp, whose library of llama.cpp is called. TYPE is the number of a type of files there,
such as 7 for q8_0, 2 for q4_0, 15 for q4_k_m. OTHER.gguf is the export in that type. Exit code 1 where bytes differ.
Needs the packages gguf and numpy.
"""

import ctypes
import glob
import os
import pathlib
import sys
import tempfile

import numpy
from gguf import GGUFReader


class Parameters(ctypes.Structure):
    """The first two fields of llama_model_quantize_params; the rest stays as the library sets it."""

    _fields_ = [("threads", ctypes.c_int32), ("type", ctypes.c_int32), ("rest", ctypes.c_uint8 * 248)]


def quantise(modules, source, kind, target):
    folder = pathlib.Path(modules) / "@node-llama-cpp" / "linux-x64" / "bins" / "linux-x64"
    cpu = sorted(glob.glob(str(folder / "libggml-cpu*.so")))[:1]
    for name in [str(folder / "libggml-base.so")] + cpu + glob.glob(str(folder / "libggml.v*.so")):
        ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(glob.glob(str(folder / "libllama.v*.so"))[0], mode=ctypes.RTLD_GLOBAL)
    library.llama_model_quantize_default_params.restype = Parameters
    library.llama_model_quantize.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(Parameters)]
    library.llama_backend_init()
    parameters = library.llama_model_quantize_default_params()
    parameters.threads, parameters.type = 1, kind
    if library.llama_model_quantize(source.encode(), target.encode(), ctypes.byref(parameters)) != 0:
        raise SystemExit(f"llama.cpp did not quantise {source}")


def tensors(path):
    return {tensor.name: tensor for tensor in GGUFReader(path).tensors}


def main():
    modules, source, kind, other = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        theirs = os.path.join(folder, "theirs.gguf")
        quantise(modules, os.path.abspath(source), int(kind), theirs)
        expected, found = tensors(theirs), tensors(other)
        different = sorted(expected.keys() ^ found.keys())
        for name in sorted(expected.keys() & found.keys()):
            a, b = expected[name], found[name]
            bytes_a, bytes_b = (numpy.ascontiguousarray(t.data).view(numpy.uint8) for t in (a, b))
            if a.tensor_type != b.tensor_type or not numpy.array_equal(bytes_a, bytes_b):
                different.append(name)
        print(f"{len(expected) - len(different)} of {len(expected)} tensors have the same bytes")
        for name in different:
            print("  differs:", name)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
