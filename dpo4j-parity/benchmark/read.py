#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time reading and tokenising preference rows: dpo4j against datasets and tokenizers in Python.

    python3 dpo4j-parity/benchmark/read.py ROWS.jsonl MODEL --peer PYTHON [--repeat 3] [--copies 20]

ROWS.jsonl holds conversational rows in TRL's form. Both sides get the same file, the rows repeated
COPIES times with a number in each prompt, and do what TRL does before training: read it, render the
prompt, prompt with chosen and prompt with rejected by the chat template, and tokenise the texts. Each
side is timed in a process of its own, once on one row and once on all; the difference, in which start-up
and loading of the tokenizer cancel, is what is reported, as tokens (prompt and answer, both sides) a second. The
sides take turns. The ids must be as many on both sides.

Needs Python 3.9 and its standard library; PYTHON has datasets and transformers.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

PEER = r"""
import json, sys, tempfile
import datasets, transformers
datasets.disable_progress_bars()
file, model, split = sys.argv[1:]
tokenizer = transformers.AutoTokenizer.from_pretrained(model)

def ids(messages, opened):
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=opened)
    return tokenizer(text, add_special_tokens=False)["input_ids"]

def tokenize(row):
    whole = [ids(row["prompt"] + row[answer], False) for answer in ("chosen", "rejected")]
    return {"prompt_ids": ids(row["prompt"], True), "chosen_ids": whole[0], "rejected_ids": whole[1]}

with tempfile.TemporaryDirectory() as cache:
    rows = datasets.load_dataset("json", data_files=file, split=split, cache_dir=cache)
    rows = rows.map(tokenize, remove_columns=rows.column_names)
    print(json.dumps({"tokens": sum(len(r["chosen_ids"]) + len(r["rejected_ids"]) for r in rows)}))
"""


def timed(command):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return seconds, json.loads(done.stdout.strip().splitlines()[-1])["tokens"]


def ours(file, model, split):
    return timed([str(ROOT / "dpo4j"), "data", "inspect", file, "--model_name_or_path", model,
                  "--max_length", "null", "--dataset_train_split", split, "--json"])


def peer(python, file, model, split):
    return timed([python, "-c", PEER, file, model, split])


def rate(side, file):
    few, _ = side(file, "train[:1]")
    seconds, tokens = side(file, "train")
    return tokens / (seconds - few), tokens


def copies(source, count, target):
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines() if line.strip()]
    with target.open("w", encoding="utf-8") as out:
        for copy in range(count):
            for row in rows:
                first = dict(row["prompt"][0])
                first["content"] = f"{copy} {first['content']}"
                changed = dict(row, prompt=[first] + row["prompt"][1:])
                out.write(json.dumps(changed, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=pathlib.Path)
    parser.add_argument("model")
    parser.add_argument("--peer", required=True)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--copies", type=int, default=20)
    options = parser.parse_args()
    model = str(pathlib.Path(options.model).expanduser())
    python = str(pathlib.Path(options.peer).expanduser())
    found = {"dpo4j": [], "datasets": []}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "rows.jsonl"
        copies(options.rows, options.copies, file)
        for turn in range(options.repeat):
            for name, side in (("dpo4j", lambda f, s: ours(f, model, s)),
                               ("datasets", lambda f, s: peer(python, f, model, s))):
                speed, tokens = rate(side, str(file))
                found[name].append(speed)
                print(f"{name}: {speed:.0f} tokens/s of {tokens} tokens", file=sys.stderr, flush=True)
    result = {name: statistics.median(speeds) for name, speeds in found.items()}
    result["ratio"] = result["dpo4j"] / result["datasets"]
    result["runs"] = found
    print(json.dumps(result))


if __name__ == "__main__":
    main()
