#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time the generation of dpo4j, of transformers and of llama.cpp on the same prompts, in turn.

    python3 dpo4j-parity/benchmark/generate.py --peer PYTHON --data ROWS.jsonl --model FOLDER [FOLDER ...] \\
        [--node_modules FOLDER]

All answer the prompts of the first --n rows greedily with exactly --max_new_tokens tokens each, in batches of each of
--batch_size, with as many threads; loading is not timed, reading the prompts is. transformers computes in float32,
dpo4j as it does by default, llama.cpp with 16-bit weights. They run in turn (A B C A B C ...), --repeat times. Prints
a Markdown table, and writes every figure to --results. PYTHON has torch, transformers and, for llama.cpp, gguf;
--node_modules is the folder into which npm installed node-llama-cpp. This script needs Python 3.9 and its standard
library.
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
    if options.what == "ids":
        print(json.dumps([tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]))
        return
    answers = []
    prompt_tokens = 0
    start = time.perf_counter()
    for at in range(0, len(texts), options.batch_size[0]):
        batch = tokenizer(
            texts[at:at + options.batch_size[0]], return_tensors="pt", padding=True, add_special_tokens=False)
        prompt_tokens += int(batch["attention_mask"].sum())
        with torch.inference_mode():
            out = model.generate(**batch, generation_config=config)
        new = out[:, batch["input_ids"].shape[1]:]
        answers += tokenizer.batch_decode(new, skip_special_tokens=True)
    seconds = time.perf_counter() - start
    tokens = len(texts) * options.max_new_tokens
    print(json.dumps({"seconds": seconds, "tokens": tokens, "prompt_tokens": prompt_tokens,
                      "tokens_per_s": tokens / seconds, "answers": answers}))


def limits(options):
    """Runs under the peer's Python: measures at what rate the machine reads memory and multiplies."""
    import time

    import torch

    torch.set_num_threads(options.threads)
    memory = torch.zeros(256 << 20)
    memory.fill_(1)
    a, b = torch.rand(1024, 1024), torch.rand(1024, 4096)
    read, multiply = 0.0, 0.0
    for _ in range(12):
        start = time.perf_counter()
        memory.sum()
        read = max(read, memory.numel() * 4 / (time.perf_counter() - start))
        start = time.perf_counter()
        a @ b
        multiply = max(multiply, 2 * 1024 * 1024 * 4096 / (time.perf_counter() - start))
    print(json.dumps({"bytes_per_s": read, "flop_per_s": multiply}))


def run(command, threads, what):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads),
                       DPO4J_THREADS=str(threads), HF_HUB_OFFLINE="1")
    print("running", what, file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"{what} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    result = json.loads(done.stdout.strip().splitlines()[-1])
    if "tokens_per_s" in result:
        print(f"  {result['tokens_per_s']:.1f} tokens/s", file=sys.stderr, flush=True)
    return result


def ours(options, model, prompts, folder, batch_size):
    output = pathlib.Path(folder) / "answers.jsonl"
    output.unlink(missing_ok=True)
    command = [
        str(ROOT / "dpo4j"), "generate", "--model_name_or_path", model, "--prompts", str(prompts),
        "--output", str(output), "--max_new_tokens", str(options.max_new_tokens),
        "--batch_size", str(batch_size), "--ignore_eos", "true", "--json"]
    result = run(command, options.threads, "dpo4j")
    result["answers"] = [json.loads(line)["responses"][0] for line in open(output, encoding="utf-8")]
    return result


def theirs(options, model, prompts, batch_size, what="answers"):
    command = [
        options.peer, __file__, "--as-peer", what, "--model", model, "--data", str(prompts),
        "--max_new_tokens", str(options.max_new_tokens), "--batch_size", str(batch_size),
        "--threads", str(options.threads)]
    return run(command, options.threads, "transformers" if what == "answers" else what)


def llama(options, job, folder, batch_size):
    file = pathlib.Path(folder) / "job.json"
    file.write_text(json.dumps(dict(job, batch_size=batch_size)), encoding="utf-8")
    script = pathlib.Path(__file__).with_name("llama.mjs")
    return run(["node", str(script), str(pathlib.Path(options.node_modules).resolve()), str(file)], options.threads,
               "llama.cpp")


def llama_job(options, model, prompts, folder):
    file = pathlib.Path(folder) / (pathlib.Path(model).name + ".gguf")
    if not file.exists():
        script = pathlib.Path(__file__).with_name("to_gguf.py")
        subprocess.run([options.peer, str(script), model, str(file)], check=True)
    ids = theirs(options, model, prompts, 1, "ids")
    return {"model": str(file), "prompts": ids, "max_new_tokens": options.max_new_tokens, "threads": options.threads}


def weights(model):
    """The weights that a step multiplies by: all matrices, a tied embedding once, as the head."""
    file = pathlib.Path(model) / "model.safetensors"
    with open(file, "rb") as data:
        header = json.loads(data.read(int.from_bytes(data.read(8), "little")))
    matrices = {name: entry["shape"] for name, entry in header.items()
                if name != "__metadata__" and len(entry["shape"]) == 2}
    if "lm_head.weight" in matrices:
        del matrices["model.embed_tokens.weight"]
    return sum(shape[0] * shape[1] for shape in matrices.values())


def limit(model, rates, batch_size):
    """Tokens/s if a step only read each weight once in 16 bits, or only multiplied, whichever is slower."""
    count = weights(model)
    read = count * 2 / rates["bytes_per_s"]
    multiply = 2 * count * batch_size / rates["flop_per_s"]
    return batch_size / max(read, multiply)


def limit_with_prompts(model, rates, batch_size, run):
    """The same if each token of the prompts was also multiplied by each weight, at the measured rate."""
    reading = 2 * weights(model) * run["prompt_tokens"] / rates["flop_per_s"]
    return run["tokens"] / (run["tokens"] / limit(model, rates, batch_size) + reading)


def measure(options, model, folder, rates, batch_size):
    prompts = pathlib.Path(folder) / "prompts.jsonl"
    with open(options.data, encoding="utf-8") as data, open(prompts, "w", encoding="utf-8") as out:
        kept = 0
        for line in data:
            row = json.loads(line)
            length = sum(len(message["content"]) for message in row["prompt"])
            if kept < max(options.n, batch_size) and length <= options.max_prompt_chars:
                out.write(json.dumps({"prompt": row["prompt"]}, ensure_ascii=False) + "\n")
                kept += 1
    job = llama_job(options, model, prompts, folder) if options.node_modules else None
    runs = {"transformers": [], "dpo4j": []}
    if job:
        runs["llama.cpp"] = []
    for _ in range(options.repeat):
        runs["transformers"].append(theirs(options, model, prompts, batch_size))
        runs["dpo4j"].append(ours(options, model, prompts, folder, batch_size))
        if job:
            runs["llama.cpp"].append(llama(options, job, folder, batch_size))
    pairs = zip(runs["transformers"][0]["answers"], runs["dpo4j"][0]["answers"])
    equal = sum(a == b for a, b in pairs)
    return {"model": pathlib.Path(model).name, "batch_size": batch_size, "runs": runs, "prompts": kept,
            "equal_answers": equal, "limit": limit(model, rates, batch_size),
            "limit_with_prompts": limit_with_prompts(model, rates, batch_size, runs["transformers"][0])}


def cpu():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def table(results):
    rates = results["rates"]
    lines = [
        f"{results['cpu']}, {results['options']['threads']} threads; memory is read at "
        f"{rates['bytes_per_s'] / 1e9:.1f} GB/s, float32 products run at {rates['flop_per_s'] / 1e9:.0f} GFLOP/s.",
        "",
        "| model | batch | who | runs | tokens/s | x transformers | x llama.cpp | share of the limit of steps | "
        "and of prompts | equal answers |",
        "|---|---|---|---|---|---|---|---|---|---|"]
    for result in results["jobs"]:
        medians = {who: statistics.median(r["tokens_per_s"] for r in runs) for who, runs in result["runs"].items()}
        for who, runs in result["runs"].items():
            speeds = [r["tokens_per_s"] for r in runs]
            speed = medians[who]
            is_ours = who == "dpo4j"
            equal = f"{result['equal_answers']} of {result['prompts']}" if is_ours else ""
            share = f"{speed / result['limit']:.2f}" if is_ours else ""
            both = f"{speed / result['limit_with_prompts']:.2f}" if is_ours else ""
            over = f"{speed / medians['llama.cpp']:.2f}" if "llama.cpp" in medians else ""
            lines.append(
                f"| {result['model']} | {result['batch_size']} | {who} | {len(runs)} | "
                f"{speed:.1f} ({min(speeds):.1f} to {max(speeds):.1f}) | {speed / medians['transformers']:.2f} | "
                f"{over} | {share} | {both} | {equal} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--as-peer", dest="what", choices=["answers", "ids", "limits"], help=argparse.SUPPRESS)
    parser.add_argument("--peer", help="the Python of the peer")
    parser.add_argument("--node_modules", help="with node-llama-cpp in it; llama.cpp is left out without")
    parser.add_argument("--model", nargs="+", required=True, help="model folders")
    parser.add_argument("--data", required=True, help="JSONL rows with conversational prompts")
    parser.add_argument("--n", type=int, default=16, help="prompts")
    parser.add_argument("--max_prompt_chars", type=int, default=2000, help="longer prompts are left out")
    parser.add_argument("--max_new_tokens", type=int, default=128)
    parser.add_argument("--batch_size", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--results", default="generate.json", help="every figure that was measured")
    options = parser.parse_args()
    if options.what == "limits":
        limits(options)
        return
    if options.what:
        as_peer(options)
        return
    if not options.peer:
        parser.error("--peer is needed")
    models = [str(pathlib.Path(m).expanduser()) for m in options.model]
    with tempfile.TemporaryDirectory() as folder:
        rates = theirs(options, models[0], options.data, 1, "limits")
        jobs = [measure(options, m, folder, rates, batch) for m in models for batch in options.batch_size]
    shown = {k: v for k, v in vars(options).items() if k not in ("peer", "node_modules", "what")}
    results = {"options": shown, "cpu": cpu(), "rates": rates, "jobs": jobs}
    pathlib.Path(options.results).write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
