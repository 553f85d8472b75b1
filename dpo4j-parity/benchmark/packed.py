#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Train a large model with LoRA over weights in 4 bits, and print what a step takes as one line of JSON.

    python3 dpo4j-parity/benchmark/packed.py WORK_FOLDER --tokenizer MODEL_FOLDER [--shape qwen2.5-7b] [--steps 2]

The model has the shape of a known one and weights of a seeded generator. They are drawn and rounded to NF4 one
matrix after the other and written as bitsandbytes writes them, so that the whole model never exists in more bits.
The tokenizer is that of MODEL_FOLDER, a Qwen2.5 model for the shapes of Qwen2.5. `--make` only writes the model.

Needs Python 3.9 and numpy, and 6.2 GB of disk for a 7B model.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import resource
import shutil
import struct
import subprocess
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHAPES = {
    "qwen2.5-7b": dict(hidden=3584, inner=18944, layers=28, heads=28, kv=4, vocabulary=152064, tied=False),
    "qwen2.5-0.5b": dict(hidden=896, inner=4864, layers=24, heads=14, kv=2, vocabulary=151936, tied=True),
    "small": dict(hidden=448, inner=1216, layers=3, heads=7, kv=1, vocabulary=152064, tied=False),
}
# The numbers of NF4: "QLoRA: Efficient Finetuning of Quantized LLMs", appendix E.
NF4 = np.array([
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0], dtype=np.float32)
BORDERS = (NF4[1:] + NF4[:-1]) / 2
BLOCK = 64
PIECE = 1 << 22


def four_bits(count, generator):
    """Codes and scales of so many normal weights."""
    codes = np.empty(count // 2, dtype=np.uint8)
    scales = np.empty(count // BLOCK, dtype=np.float32)
    for first in range(0, count, PIECE):
        size = min(PIECE, count - first)
        blocks = generator.standard_normal(size, dtype=np.float32).reshape(-1, BLOCK)
        blocks *= np.float32(0.02)
        largest = np.abs(blocks).max(axis=1)
        code = np.searchsorted(BORDERS, (blocks / largest[:, None]).reshape(-1)).astype(np.uint8)
        codes[first // 2:(first + size) // 2] = code[0::2] << 4 | code[1::2]
        scales[first // BLOCK:(first + size) // BLOCK] = largest
    return codes, scales


def bfloat16(count, generator):
    """The bytes of so many normal weights."""
    for first in range(0, count, PIECE):
        values = generator.standard_normal(min(PIECE, count - first), dtype=np.float32) * np.float32(0.02)
        yield (values.view(np.uint32) >> 16).astype(np.uint16).tobytes()


def tensors_of_layer(shape, layer, generator):
    """Names, types, shapes and bytes of a layer, one tensor after the other."""
    hidden, inner = shape["hidden"], shape["inner"]
    queries = hidden
    keys = hidden // shape["heads"] * shape["kv"]
    prefix = f"model.layers.{layer}."
    linears = {
        "self_attn.q_proj": (queries, hidden), "self_attn.k_proj": (keys, hidden), "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, queries), "mlp.gate_proj": (inner, hidden), "mlp.up_proj": (inner, hidden),
        "mlp.down_proj": (hidden, inner),
    }
    for name, size in linears.items():
        weight = f"{prefix}{name}.weight"
        codes, scales = four_bits(size[0] * size[1], generator)
        state = json.dumps(
            {"quant_type": "nf4", "blocksize": BLOCK, "dtype": "bfloat16", "shape": list(size)}).encode()
        yield weight, "U8", (codes.size, 1), [codes.tobytes()]
        yield weight + ".absmax", "F32", (scales.size,), [scales.tobytes()]
        yield weight + ".quant_map", "F32", (16,), [NF4.tobytes()]
        yield weight + ".quant_state.bitsandbytes__nf4", "U8", (len(state),), [state]
    for name, size in (("q_proj", queries), ("k_proj", keys), ("v_proj", keys)):
        yield f"{prefix}self_attn.{name}.bias", "F32", (size,), [np.zeros(size, dtype=np.float32).tobytes()]
    for name in ("input_layernorm", "post_attention_layernorm"):
        yield f"{prefix}{name}.weight", "F32", (hidden,), [np.ones(hidden, dtype=np.float32).tobytes()]


def write(path, tensors):
    """Writes a safetensors file and returns the names in it; the header follows from the sizes."""
    header, parts, end = {}, [], 0
    with open(str(path) + ".data", "wb") as data:
        for name, dtype, shape, pieces in tensors:
            begin = end
            for piece in pieces:
                data.write(piece)
                end += len(piece)
            header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}
            parts.append(name)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out, open(str(path) + ".data", "rb") as data:
        out.write(struct.pack("<Q", len(text)) + text)
        shutil.copyfileobj(data, out, 1 << 24)
    os.remove(str(path) + ".data")
    return parts


def write_part(folder, shape, part):
    """Writes one file of the model: a layer, or a matrix of the vocabulary."""
    generator = np.random.Generator(np.random.SFC64([1234, part]))
    path = folder / f"model-{part:05d}.safetensors"
    hidden, vocabulary = shape["hidden"], shape["vocabulary"]
    if part < shape["layers"]:
        return path.name, write(path, tensors_of_layer(shape, part, generator))
    matrix = (vocabulary, hidden)
    if part == shape["layers"]:
        norm = ("model.norm.weight", "F32", (hidden,), [np.ones(hidden, dtype=np.float32).tobytes()])
        embedding = ("model.embed_tokens.weight", "BF16", matrix, bfloat16(vocabulary * hidden, generator))
        return path.name, write(path, [norm, embedding])
    return path.name, write(path, [("lm_head.weight", "BF16", matrix, bfloat16(vocabulary * hidden, generator))])


def make(folder, name, tokenizer, workers):
    shape = SHAPES[name]
    folder.mkdir(parents=True)
    places = {}
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        count = shape["layers"] + (1 if shape["tied"] else 2)
        for file, names in pool.map(write_part, [folder] * count, [shape] * count, range(count)):
            places.update({tensor: file for tensor in names})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    for file in tokenizer.glob("*"):
        if re.match(r"(tokenizer.*|special_tokens_map|generation_config|chat_template.*)\.(json|jinja)$", file.name):
            shutil.copy(file, folder)
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu",
        "hidden_size": shape["hidden"], "intermediate_size": shape["inner"], "num_hidden_layers": shape["layers"],
        "num_attention_heads": shape["heads"], "num_key_value_heads": shape["kv"], "vocab_size": shape["vocabulary"],
        "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 1e6,
        "tie_word_embeddings": shape["tied"], "torch_dtype": "bfloat16",
        "quantization_config": {
            "quant_method": "bitsandbytes", "load_in_4bit": True, "load_in_8bit": False, "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_use_double_quant": False, "bnb_4bit_compute_dtype": "float32"},
    }, indent=1))


def write_rows(path, steps, max_length):
    """Pairs that fill max_length: a third is the prompt, and the answers are cut."""
    drawn = random.Random(1)
    words = ["".join(drawn.choices("abcdefghijklmnoprstuvw", k=drawn.randint(2, 7))) for _ in range(3000)]

    def text(count):
        return " ".join(drawn.choice(words) for _ in range(count))

    with open(path, "w") as out:
        for _ in range(steps):
            row = {"prompt": text(max_length // 9), "chosen": text(max_length), "rejected": text(max_length)}
            out.write(json.dumps(row) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--tokenizer", type=pathlib.Path, required=True)
    parser.add_argument("--shape", choices=SHAPES, default="qwen2.5-7b")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--max_length", type=int, default=512)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--make", action="store_true", help="only write the model")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    model = options.work / options.shape
    began = time.time()
    if not (model / "config.json").exists():
        shutil.rmtree(model, ignore_errors=True)
        make(model, options.shape, options.tokenizer, options.workers)
    made = time.time() - began
    result = {"shape": options.shape, "gigabytes_on_disk": round(
        sum(file.stat().st_size for file in model.iterdir()) / 1e9, 2), "seconds_to_make": round(made, 1)}
    if not options.make:
        result.update(train(options, model))
    print(json.dumps(result))


def train(options, model):
    rows = options.work / "rows.jsonl"
    write_rows(rows, options.steps, options.max_length)
    run = options.work / "run"
    shutil.rmtree(run, ignore_errors=True)
    before = time.time()
    log = options.work / "log.txt"
    with open(log, "w") as out:
        code = subprocess.run([
            str(ROOT / "dpo4j"), "dpo", "--model_name_or_path", str(model), "--dataset_name", str(rows),
            "--use_peft", "--lora_target_modules", "all-linear", "--dtype", "bfloat16", "--learning_rate", "1e-5",
            "--per_device_train_batch_size", "1", "--gradient_accumulation_steps", "1",
            "--max_length", str(options.max_length), "--max_steps", str(options.steps), "--logging_steps", "1",
            "--gradient_checkpointing", "true", "--save_strategy", "no", "--output_dir", str(run),
        ], stdout=out, stderr=subprocess.STDOUT).returncode
    took = time.time() - before
    text = log.read_text()
    if code != 0:
        raise SystemExit(f"dpo4j ended with {code}:\n{text[-3000:]}")
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    ends = [0.0] + [event["seconds"] for event in events if event["event"] == "speed"]
    losses = [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    tokens = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])["num_tokens"]
    return {
        "steps": options.steps, "tokens": tokens, "losses": losses,
        "seconds_of_each_step": [round(end - begin, 1) for begin, end in zip(ends, ends[1:])],
        "seconds_of_the_run": round(took, 1),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20, 2),
    }


if __name__ == "__main__":
    main()
