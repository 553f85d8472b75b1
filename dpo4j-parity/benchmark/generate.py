#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time the batched generation of dpo4j and of transformers on the same prompts, in turn.

    python3 dpo4j-parity/benchmark/generate.py --peer PYTHON --data ROWS.jsonl --model FOLDER [FOLDER ...]

Both answer the prompts of the first --n rows greedily with exactly --max_new_tokens tokens each, in float32 and
batches of --batch_size, with as many threads; loading is not timed. They run in turn (A B A B ...), --repeat times.
Prints a Markdown table, and writes every figure to --results. PYTHON has torch and transformers; this script needs
Python 3.9 and its standard library.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def as_peer(options):
    """Runs under the peer's Python: answers the prompts with transformers and prints one JSON line."""
    import time

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    torch.set_num_threads(options.threads)
    folder = options.model[0]
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    # generate() fills what its argument leaves out from here: answers would end at the model's end token.
    model.generation_config.eos_token_id = None
    rows = [json.loads(line) for line in open(options.data, encoding="utf-8")]
    texts = [tokenizer.apply_chat_template(r["prompt"], add_generation_prompt=True, tokenize=False) for r in rows]
    config = GenerationConfig(
        do_sample=False, max_new_tokens=options.max_new_tokens, eos_token_id=None, pad_token_id=tokenizer.pad_token_id)
    answers = []
    start = time.perf_counter()
    for at in range(0, len(texts), options.batch_size):
        batch = tokenizer(
            texts[at:at + options.batch_size], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            out = model.generate(**batch, generation_config=config)
        new = out[:, batch["input_ids"].shape[1]:]
        answers += tokenizer.batch_decode(new, skip_special_tokens=True)
    seconds = time.perf_counter() - start
    tokens = len(texts) * options.max_new_tokens
    print(json.dumps({"seconds": seconds, "tokens": tokens, "tokens_per_s": tokens / seconds, "answers": answers}))


def run(command, threads, what):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads),
                       DPO4J_THREADS=str(threads), HF_HUB_OFFLINE="1")
    print("running", what, file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"{what} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    result = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"  {result['tokens_per_s']:.1f} tokens/s", file=sys.stderr, flush=True)
    return result


def ours(options, model, prompts, folder):
    output = pathlib.Path(folder) / "answers.jsonl"
    output.unlink(missing_ok=True)
    command = [
        str(ROOT / "dpo4j"), "generate", "--model_name_or_path", model, "--prompts", str(prompts),
        "--output", str(output), "--max_new_tokens", str(options.max_new_tokens),
        "--batch_size", str(options.batch_size), "--ignore_eos", "true", "--json"]
    result = run(command, options.threads, "dpo4j")
    result["answers"] = [json.loads(line)["responses"][0] for line in open(output, encoding="utf-8")]
    return result


def theirs(options, model, prompts):
    command = [
        options.peer, __file__, "--as-peer", "--model", model, "--data", str(prompts),
        "--max_new_tokens", str(options.max_new_tokens), "--batch_size", str(options.batch_size),
        "--threads", str(options.threads)]
    return run(command, options.threads, "transformers")


def measure(options, model, folder):
    prompts = pathlib.Path(folder) / "prompts.jsonl"
    with open(options.data, encoding="utf-8") as data, open(prompts, "w", encoding="utf-8") as out:
        kept = 0
        for line in data:
            row = json.loads(line)
            length = sum(len(message["content"]) for message in row["prompt"])
            if kept < options.n and length <= options.max_prompt_chars:
                out.write(json.dumps({"prompt": row["prompt"]}, ensure_ascii=False) + "\n")
                kept += 1
    runs = {"transformers": [], "dpo4j": []}
    for _ in range(options.repeat):
        runs["transformers"].append(theirs(options, model, prompts))
        runs["dpo4j"].append(ours(options, model, prompts, folder))
    pairs = zip(runs["transformers"][0]["answers"], runs["dpo4j"][0]["answers"])
    equal = sum(a == b for a, b in pairs)
    return {"model": pathlib.Path(model).name, "runs": runs, "prompts": kept, "equal_answers": equal}


def table(results):
    lines = [
        "| model | who | runs | tokens/s | x transformers | equal answers |",
        "|---|---|---|---|---|---|"]
    for result in results["jobs"]:
        base = statistics.median(r["tokens_per_s"] for r in result["runs"]["transformers"])
        for who, runs in result["runs"].items():
            speeds = [r["tokens_per_s"] for r in runs]
            speed = statistics.median(speeds)
            equal = f"{result['equal_answers']} of {result['prompts']}" if who == "dpo4j" else ""
            lines.append(
                f"| {result['model']} | {who} | {len(runs)} | {speed:.1f} ({min(speeds):.1f} to {max(speeds):.1f}) | "
                f"{speed / base:.2f} | {equal} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--as-peer", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--peer", help="the Python of the peer")
    parser.add_argument("--model", nargs="+", required=True, help="model folders")
    parser.add_argument("--data", required=True, help="JSONL rows with conversational prompts")
    parser.add_argument("--n", type=int, default=16, help="prompts")
    parser.add_argument("--max_prompt_chars", type=int, default=2000, help="longer prompts are left out")
    parser.add_argument("--max_new_tokens", type=int, default=64)
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--results", default="generate.json", help="every figure that was measured")
    options = parser.parse_args()
    if options.as_peer:
        as_peer(options)
        return
    if not options.peer:
        parser.error("--peer is needed")
    with tempfile.TemporaryDirectory() as folder:
        jobs = [measure(options, str(pathlib.Path(m).expanduser()), folder) for m in options.model]
    results = {"options": {k: v for k, v in vars(options).items() if k != "peer"}, "jobs": jobs}
    pathlib.Path(options.results).write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
