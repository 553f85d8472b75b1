# SPDX-License-Identifier: Apache-2.0
"""Gathers what a check wrote into one JSON file: collect.py LOGS_DIR FILE [--print]

Runs and logs are as they were written. `compared` has ours over the other side's, for each of its settings; --print
prints that."""
import fcntl
import glob
import json
import os
import re
import sys

# What is compared with a run of ours: the other side's settings for the same job.
PAIRS = {
    "qwen": ("qwen-online", "qwen-liger", "qwen-precomputed", "qwen-pure-bf16"),
    "qwen-checkpointing": ("qwen-checkpointing",),
    "7b-lora": ("7b-lora", "7b-lora-liger"),
    "smol": ("smol-online",),
}
FAILED_LOG, LOG = 12_000, 3_000


def name(file):
    return os.path.basename(file).rsplit(".", 1)[0]


def last_object(file):
    """The last line that is a whole JSON object: a run that was cut off may have written a part of one."""
    found = None
    for line in open(file, errors="replace"):
        try:
            found = json.loads(line) if line.startswith("{") else found
        except ValueError:
            pass
    return found


def median_step_s(run):
    """A median step; the first one, where there are others, does not count."""
    steps = sorted(run["step_s"][1:]) or run["step_s"]
    return steps[len(steps) // 2]


def step_ms(run):
    """A median step with its share of the reference's pass, which TRL computes in the step or before all."""
    return 1e3 * (median_step_s(run) + run["reference_s"] / len(run["step_s"]))


def losses(run):
    return run.get("losses") or [step["loss"] for step in run.get("steps", [])]


def ratio(a, b):
    return round(a / b, 3) if a and b else None


def compare(runs, peak):
    compared = []
    for ours, settings in PAIRS.items():
        for theirs in settings:
            a, b = runs.get("ours-" + ours), runs.get("trl-" + theirs)
            if a and b:
                apart = [abs(x - y) / abs(y) for x, y in zip(losses(a), losses(b)) if y]
                compared.append(dict(
                    job=ours, setting=theirs, ours_step_ms=round(step_ms(a), 1), trl_step_ms=round(step_ms(b), 1),
                    speed=ratio(step_ms(b), step_ms(a)), memory=ratio(a["peak_device_gb"], b["peak_device_gb"]),
                    largest_loss_difference=max(apart, default=None), same_tokens=a["tokens"] == b["tokens"]))
    a, b = runs.get("ours-answers"), runs.get("transformers-answers")
    if a and b:
        compared.append(dict(job="answers", setting="transformers", speed=ratio(a["tokens_per_s"], b["tokens_per_s"])))
    shares = {}
    for job, run in runs.items():
        if run.get("least_tflop") and peak:
            rate = run["least_tflop"] / (run["train_s"] + run["reference_s"])
            shares[job] = dict(tflops=round(rate, 1), share_of_bf16_peak=round(rate / peak, 3))
    return compared, shares


def parts_of_a_step(log):
    """Milliseconds by part, as CardBench prints them."""
    line = re.search(r"^ +(score [\d.]+, .*) ms$", log, re.M)
    return {part: float(ms) for part, ms in re.findall(r"(\w+) ([\d.]+)", line.group(1))} if line else {}


def gather(logs):
    runs, tests, ends, texts = {}, {}, {}, {}
    machine = {}
    for file in sorted(glob.glob(os.path.join(logs, "*.json"))):
        found = last_object(file)
        if name(file) == "machine":
            machine = found or {}
        elif found:
            runs[name(file)] = found
    for file in sorted(glob.glob(os.path.join(logs, "*.end"))):
        values = open(file).read().split()
        if len(values) == 3:
            ends[name(file)] = dict(zip(("exit", "seconds", "limit"), map(int, values)))
    for file in sorted(glob.glob(os.path.join(logs, "*.log"))):
        text = open(file, errors="replace").read()
        counts = {word: int(count) for count, word in re.findall(r"(\d+) tests (successful|failed|aborted)", text)}
        if counts:
            tests[name(file)] = counts
        failures = re.findall(r"^(.+) :: FAILED\n\t(.+)", text, re.M)
        if failures:
            tests.setdefault(name(file), {})["failures"] = [dict(test=test, why=why[:1000]) for test, why in failures]
        failed = ends.get(name(file), {}).get("exit", 0) != 0
        texts[name(file)] = text[-(FAILED_LOG if failed else LOG):]
    compared, shares = compare(runs, machine.get("bf16_tflops"))
    return dict(
        machine=machine, tests=tests, compared=compared, shares=shares, step_parts_ms=parts_of_a_step(texts.get("profile", "")),
        ended=ends, runs=runs, logs=texts)


def main():
    logs, target = sys.argv[1:3]
    with open(os.path.join(logs, ".lock"), "w") as lock:
        # Tests that run at the same time end at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = gather(logs)
        with open(target + ".part", "w") as out:
            json.dump(found, out, indent=1)
        os.replace(target + ".part", target)
    if len(sys.argv) > 3:
        for row in found["compared"]:
            print("   " + ", ".join("%s %s" % pair for pair in row.items()))
        for job, row in found["shares"].items():
            print("   %s: %s TFLOP/s, %s of the card's peak" % (job, row["tflops"], row["share_of_bf16_peak"]))
        failed = [test for test, counts in found["tests"].items() if counts.get("failed") or "failures" in counts]
        print("   %d classes of tests ran%s" % (len(found["tests"]), ", with failures in " + ", ".join(failed) if failed else ""))


if __name__ == "__main__":
    main()
