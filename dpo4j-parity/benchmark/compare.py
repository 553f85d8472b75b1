#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time dpo4j and TRL on the same job, in turn, and write what was measured.

    python3 dpo4j-parity/benchmark/compare.py JOBS.json --peer PYTHON --peer-script SCRIPT \\
        --results results.json

JOBS.json is a list of {"name", "model", "data", "n", "max_length", "bs"} and, where wanted,
"lora" (the rank), "peer_settings" (a list of names) and "repeat". The peer's settings are tried once
each; the fastest is then run in turn with dpo4j (A B A B ...). SCRIPT takes the options of
`./dpo4j bench` and prints the same JSON as its last line. With `--render results.json` nothing is
run: the Markdown tables and the plot are written from earlier results.

Needs Python 3.9 and its standard library; the peer has a Python of its own.
"""

import argparse
import datetime
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEER_SETTINGS = {
    "float32": [],
    "float32, precomputed reference": ["--precompute", "1"],
    "bf16 autocast, checkpointing (the defaults)": ["--bf16", "1", "--gc", "1"],
}
OUR_SETTINGS = {
    "dpo4j": [],
    "dpo4j, adamw_8bit": ["--optim", "adamw_8bit"],
    "dpo4j, adamw_8bit, bfloat16 gradients": ["--optim", "adamw_8bit", "--gradient_dtype", "bfloat16"],
}


def job_options(job):
    return [
        "--model", str(pathlib.Path(job["model"]).expanduser()),
        "--data", str(pathlib.Path(job["data"]).expanduser()),
        "--n", str(job["n"]), "--max_length", str(job["max_length"]), "--bs", str(job["bs"]),
        "--lr", "5e-6", "--lora", str(job.get("lora", 0)),
    ]


def run(command, what):
    print("running", what, file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{what} failed with {done.returncode}:\n{done.stderr[-2000:]}")
    result = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"  {result['tokens_per_s']:.1f} tokens/s, {result['peak_rss_gb']:.2f} GiB", file=sys.stderr)
    return result


def measure(job, options, repeat):
    peer = [options.peer, options.peer_script] + job_options(job)
    ours = [str(ROOT / "dpo4j"), "bench"] + job_options(job)
    tried = job.get("peer_settings", list(PEER_SETTINGS))
    runs = {name: [run(peer + PEER_SETTINGS[name], f"{job['name']}: TRL {name}")] for name in tried}
    fastest = max(runs, key=lambda name: runs[name][0]["tokens_per_s"])
    # The reduced settings are for full fine-tuning: an adapter has few gradients and moments.
    settings = {name: extra for name, extra in OUR_SETTINGS.items() if name == "dpo4j" or not job.get("lora")}
    mine = {name: [] for name in settings}
    for turn in range(job.get("repeat", repeat)):
        if turn > 0:
            runs[fastest].append(run(peer + PEER_SETTINGS[fastest], f"{job['name']}: TRL {fastest}"))
        for name, extra in settings.items():
            if turn == 0 or name == "dpo4j":
                mine[name].append(run(ours + extra, f"{job['name']}: {name}"))
    return {"job": job, "fastest": fastest, "peer": runs, "ours": mine}


def median(runs, key):
    return statistics.median(r[key] for r in runs)


def largest_difference(ours, theirs):
    """The largest difference of the losses of a step, and of the first step alone."""
    pairs = [(a["loss"], b["loss"]) for a, b in zip(ours["steps"], theirs["steps"])]
    if len(ours["steps"]) != len(theirs["steps"]):
        raise SystemExit("the two sides took a different number of steps")
    return max(abs(a - b) for a, b in pairs)


def table(result):
    fastest = result["peer"][result["fastest"]]
    speed, memory = median(fastest, "tokens_per_s"), median(fastest, "peak_rss_gb")
    least = result["ours"]["dpo4j"][0]["least_tflop"] * 1e12
    rate = max(r["gemm_gflops"] for runs in result["ours"].values() for r in runs) * 1e9
    lines = [
        "| who | runs | tokens/s | x fastest TRL | peak GiB | x same TRL | share of the limit | loss, largest difference |",
        "|---|---|---|---|---|---|---|---|",
    ]
    groups = [("TRL, " + name, runs) for name, runs in result["peer"].items()]
    groups += list(result["ours"].items())
    for name, runs in groups:
        seconds = statistics.median(r["train_s"] + r["reference_s"] for r in runs)
        difference = largest_difference(runs[0], result["peer"]["float32"][0])
        spread = ""
        if len(runs) > 1:
            speeds = [r["tokens_per_s"] for r in runs]
            spread = f" ({min(speeds):.1f} to {max(speeds):.1f})"
        lines.append(
            f"| {name} | {len(runs)} | {median(runs, 'tokens_per_s'):.1f}{spread} | "
            f"{median(runs, 'tokens_per_s') / speed:.2f} | {median(runs, 'peak_rss_gb'):.2f} | "
            f"{median(runs, 'peak_rss_gb') / memory:.2f} | {least / rate / seconds:.2f} | {difference:.1e} |")
    return "\n".join(lines)


def plot(results):
    """Two rows of bars for each job: speed and memory, as an SVG of plain shapes."""
    bars = []
    for result in results:
        groups = [("TRL " + name.split(" (")[0], runs, "#8a8f98") for name, runs in result["peer"].items()]
        groups += [(name, runs, "#1f77b4") for name, runs in result["ours"].items()]
        bars.append((result["job"]["name"], groups))
    height = sum(46 + 22 * len(groups) for _, groups in bars) + 20
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="860" height="{height}" fill="#ffffff"/>',
    ]
    y = 24
    for name, groups in bars:
        speed = max(median(runs, "tokens_per_s") for _, runs, _ in groups)
        memory = max(median(runs, "peak_rss_gb") for _, runs, _ in groups)
        out.append(f'<text x="10" y="{y}" font-weight="bold">{name}</text>')
        out.append(f'<text x="280" y="{y}" fill="#555">tokens/s, more is better</text>')
        out.append(f'<text x="580" y="{y}" fill="#555">peak GiB, less is better</text>')
        y += 12
        for label, runs, colour in groups:
            for x, key, top in ((280, "tokens_per_s", speed), (580, "peak_rss_gb", memory)):
                value = median(runs, key)
                width = 210 * value / top
                out.append(f'<rect x="{x}" y="{y}" width="{width:.1f}" height="15" fill="{colour}"/>')
                out.append(f'<text x="{x + width + 5:.1f}" y="{y + 12}">{value:.1f}</text>')
            out.append(f'<text x="20" y="{y + 12}">{label}</text>')
            y += 22
        y += 34
    out.append("</svg>")
    return "\n".join(out) + "\n"


def render(results, markdown, svg):
    parts = []
    for result in results["jobs"]:
        job = result["job"]
        data = pathlib.Path(job["data"]).name
        parts.append(
            f"### {job['name']}: {data}, rows 0 to {job['n'] - 1}, max_length {job['max_length']}, "
            f"batch {job['bs']}\n\n{table(result)}\n")
    head = f"Measured on {results['date']}: {results['cpu']}, {results['threads']} threads, {results['peer_tool']}.\n"
    pathlib.Path(markdown).write_text(head + "\n" + "\n".join(parts), encoding="utf-8")
    pathlib.Path(svg).write_text(plot(results["jobs"]), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("jobs", nargs="?")
    parser.add_argument("--peer", help="the Python of the peer")
    parser.add_argument("--peer-script", help="times TRL and prints one JSON line")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--results", default="results.json", help="every figure that was measured")
    parser.add_argument("--render", help="results of an earlier call")
    parser.add_argument("--markdown", default="results.md")
    parser.add_argument("--svg", default="results.svg")
    options = parser.parse_args()
    if options.render:
        results = json.loads(pathlib.Path(options.render).read_text(encoding="utf-8"))
    else:
        if not (options.jobs and options.peer and options.peer_script):
            parser.error("JOBS.json, --peer and --peer-script are needed")
        jobs = json.loads(pathlib.Path(options.jobs).read_text(encoding="utf-8"))
        measured = []
        for job in jobs:
            measured.append(measure(job, options, options.repeat))
            first = measured[0]["ours"]["dpo4j"][0]
            results = {
                "date": datetime.date.today().isoformat(),
                "cpu": first["cpu"],
                "threads": first["threads"],
                "peer_tool": measured[0]["peer"]["float32"][0]["tool"],
                "jobs": measured,
            }
            # After every job: a table of hours should not be lost to its last minute.
            pathlib.Path(options.results).write_text(json.dumps(results, indent=1), encoding="utf-8")
    render(results, options.markdown, options.svg)


if __name__ == "__main__":
    main()
