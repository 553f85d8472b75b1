#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure runs over several processes, and compare them with the formulas of `lab scale`.

    python3 dpo4j-parity/benchmark/ranks.py MODEL [--steps 2 6] [--rows 4] [--words 200] [--shards none optimizer]
                                             [--ways memory network]

Trains MODEL, all of its weights, on rows that the script makes up: one process with one thread and
with two, then two and four processes with one thread each, all with the same rows in a step. Processes
sum through shared memory and, as they do on several machines, over the network. Every
run is started twice, with few and with more steps; the difference is free of what a start costs.
Prints one JSON object: seconds and processor seconds of a step, bytes over the loopback device in a step beside those of the
formula, the peak memory of the largest process, and the times that the formula foretells.

The machine should be quiet: other traffic over the loopback device is counted, too. Where
`unshare -rn` is allowed, the runs have a loopback device of their own.

Needs Linux, Python 3.9 and its standard library, and a built dpo4j.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS = ["lantern", "window", "boat", "rain", "river", "stone", "winter", "garden", "paper", "silver"]
BYTES = 4


def write_rows(file, rows, words):
    draw = random.Random(1)
    with open(file, "w", encoding="utf-8") as out:
        for _ in range(rows):
            text = [" ".join(draw.choice(WORDS) for _ in range(words)) for _ in range(3)]
            out.write(json.dumps({"prompt": text[0], "chosen": " " + text[1], "rejected": " " + text[2]}) + "\n")


def parameters(model):
    total = 0
    for file in sorted(pathlib.Path(model).glob("*.safetensors")):
        with open(file, "rb") as source:
            length = struct.unpack("<Q", source.read(8))[0]
            for name, tensor in json.loads(source.read(length)).items():
                count = 1 if name != "__metadata__" else 0
                for size in tensor.get("shape", []) if count else []:
                    count *= size
                total += count
    return total


def loopback():
    with open("/proc/net/dev", encoding="ascii") as devices:
        for line in devices:
            name, _, numbers = line.partition(":")
            if name.strip() == "lo":
                return int(numbers.split()[8])
    return 0


def descendants(pid):
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as children:
                    found += [int(child) for child in children.read().split()]
        except OSError:
            pass
    return found


class Peak(threading.Thread):
    """The largest resident set of any process below one, as the kernel keeps it."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.kib, self.going = pid, 0, True

    def run(self):
        while self.going:
            for pid in descendants(self.pid):
                try:
                    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                        for line in status:
                            if line.startswith("VmHWM:"):
                                self.kib = max(self.kib, int(line.split()[1]))
                except OSError:
                    pass
            time.sleep(0.2)


def run(options, data, case, steps, output):
    processes = case["processes"]
    command = [str(ROOT / "dpo4j")]
    if processes > 1:
        command += ["launch", "--nproc_per_node", str(processes)]
    command += [
        "dpo", f"--model_name_or_path={options.model}", f"--dataset_name={data}",
        f"--output_dir={output}", f"--per_device_train_batch_size={options.rows // processes}",
        f"--max_steps={steps}", "--learning_rate=1e-6", "--save_strategy=no", "--logging_steps=1",
        f"--shard={case['shard']}",
    ]
    environment = dict(os.environ, DPO4J_THREADS=str(case["threads"]), DPO4J_NO_BUILD="1")
    environment["DPO4J_SHM_DISABLE"] = "1" if case["way"] == "network" else "0"
    before, start, worked = loopback(), time.monotonic(), processor()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = Peak(process.pid)
    peak.start()
    errors = process.stderr.read()
    if process.wait() != 0:
        raise SystemExit(f"{' '.join(command)} failed with {process.returncode}:\n{errors[-2000:]}")
    peak.going = False
    return time.monotonic() - start, loopback() - before, peak.kib * 1024, processor() - worked


def processor():
    """Processor seconds of all processes below this one that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(options, folder, data, case):
    few, more = options.steps
    print("measuring", case, file=sys.stderr, flush=True)
    first = run(options, data, case, few, folder / f"{case['name']}-{few}")
    second = run(options, data, case, more, folder / f"{case['name']}-{more}")
    steps = more - few
    return dict(
        case,
        seconds_per_step=(second[0] - first[0]) / steps,
        bytes_per_step=(second[1] - first[1]) / steps,
        peak_bytes=max(first[2], second[2]),
        processor_seconds_per_step=(second[3] - first[3]) / steps,
    )


def compare(options, cases):
    """What the formulas say, from the runs of one and of two processes."""
    count = parameters(options.model)
    by_name = {case["name"]: case for case in cases}
    one = by_name["1x1"]
    result = {"parameters": count, "cases": cases, "efficiency_of_two_processes": {}, "bandwidth_from_two_processes": {}}
    cores = os.cpu_count() or 1
    for case in cases:
        processes = case["processes"]
        # A ring hands on all but one part, twice: over all processes together.
        case["bytes_by_formula"] = 2 * (processes - 1) * BYTES * count
        if case["way"] == "network":
            case["bytes_against_formula"] = case["bytes_per_step"] / case["bytes_by_formula"]
        two = by_name.get(f"2x1-{case['shard']}-{case['way']}")
        if processes == 1 or two is None:
            continue
        # One thread computes half of the rows of a step; what is left is waiting for the other.
        waiting = max(1e-9, two["seconds_per_step"] - one["seconds_per_step"] / 2)
        bandwidth = two["bytes_by_formula"] / 2 / waiting
        share = max(1 / processes, 1 / cores)
        wire = case["bytes_by_formula"] / processes / bandwidth * max(1, processes / cores)
        case["seconds_foretold"] = one["seconds_per_step"] * share + wire
        if case is two:
            name = f"{case['shard']}-{case['way']}"
            result["efficiency_of_two_processes"][name] = by_name["1x2"]["seconds_per_step"] / two["seconds_per_step"]
            result["bandwidth_from_two_processes"][name] = bandwidth
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--steps", type=int, nargs=2, default=[2, 6])
    parser.add_argument("--rows", type=int, default=4, help="rows of a step over all processes")
    parser.add_argument("--words", type=int, default=200, help="words of a prompt and of each answer")
    parser.add_argument("--processes", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--shards", nargs="+", default=["none", "optimizer"])
    parser.add_argument("--ways", nargs="+", default=["memory", "network"], choices=["memory", "network"])
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.within:
        alone = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
        if subprocess.run(alone + ["true"], capture_output=True).returncode == 0:
            os.execvp("unshare", alone + [sys.executable] + sys.argv + ["--within"])
    cases = [
        {"name": "1x1", "processes": 1, "threads": 1, "shard": "none", "way": "none"},
        {"name": "1x2", "processes": 1, "threads": 2, "shard": "none", "way": "none"},
    ]
    cases += [
        {"name": f"{count}x1-{shard}-{way}", "processes": count, "threads": 1, "shard": shard, "way": way}
        for count in options.processes
        for shard in options.shards
        for way in options.ways
    ]
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "rows.jsonl"
        write_rows(data, options.rows * options.steps[1], options.words)
        measured = [measure(options, pathlib.Path(folder), data, case) for case in cases]
    print(json.dumps(compare(options, measured)))


if __name__ == "__main__":
    main()
