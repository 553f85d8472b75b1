#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How time and memory of a DPO step grow with max_length, with the prompt's share and the batch.

    python3 dpo4j-parity/benchmark/growth.py --model MODEL --markdown growth.md

The rows are made of random common words, long enough to be cut to the length asked for; a pair has
`prompt` tokens of prompt and `answer` tokens in each answer.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS = (
    "the of and to in is that for on was with as his he be at by this had are not but from or have "
    "an they which one were all we when there can more if out so what up said about other into its "
    "than only some time could these two may then do first any my now such like our over even most"
).split()
SEED = 20260101


def rows(folder, pairs, prompt, answer):
    """A file of pairs with about that many tokens; common words are one token each."""
    draw = random.Random(SEED)
    path = pathlib.Path(folder) / "rows.jsonl"
    with open(path, "w", encoding="utf-8") as out:
        for _ in range(pairs):
            texts = [" ".join(draw.choice(WORDS) for _ in range(n)) for n in (prompt, answer, answer)]
            row = {"prompt": texts[0], "chosen": " " + texts[1], "rejected": " " + texts[2]}
            out.write(json.dumps(row) + "\n")
    return path


def bench(model, pairs, prompt, answer, batch):
    with tempfile.TemporaryDirectory() as folder:
        data = rows(folder, pairs, prompt, answer)
        command = [str(ROOT / "dpo4j"), "bench", "--model", model, "--data", str(data), "--n", str(pairs),
                   "--max_length", str(prompt + answer + 64), "--bs", str(batch), "--lr", "5e-6"]
        print(f"{pairs} pairs of {prompt} + {answer}, batch {batch}", file=sys.stderr, flush=True)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr[-2000:])
        return json.loads(done.stdout)


def line(first, result):
    return (f"| {first} | {result['tokens']} | {result['reference_s'] + result['train_s']:.1f} | "
            f"{result['tokens_per_s']:.0f} | {result['train_limit_share']:.2f} | {result['peak_rss_gb']:.2f} |")


def table(title, head, lines):
    columns = [head, "tokens", "seconds", "tokens/s", "training's share of the limit", "peak GiB"]
    return "\n".join([f"### {title}", "", "| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"] + lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--markdown", default="growth.md")
    options = parser.parse_args()
    model = str(pathlib.Path(options.model).expanduser())
    lengths = [(n, bench(model, 2, n // 2, n // 2, 1)) for n in (256, 512, 1024, 2048)]
    shares = [(r, bench(model, 2, round(768 * r / (1 + r)), round(768 / (1 + r)), 1)) for r in (0.5, 1, 2, 4, 8)]
    batches = [(b, bench(model, 8, 128, 128, b)) for b in (1, 2, 4, 8)]
    text = "\n".join([
        table("Length of a sequence (half prompt, half answer; batch 1)", "a sequence", [line(n, r) for n, r in lengths]),
        table("Prompt over answer (768 tokens a sequence; batch 1)", "ratio", [line(n, r) for n, r in shares]),
        table("Batch (128 + 128 tokens; 8 pairs)", "pairs", [line(n, r) for n, r in batches]),
    ])
    pathlib.Path(options.markdown).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
