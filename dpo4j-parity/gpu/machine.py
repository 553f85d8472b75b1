# SPDX-License-Identifier: Apache-2.0
"""Says what a machine has: machine.py DEVICE PEER_DIR LOGS_DIR

Writes machine.txt to read, machine.json for the results, and peer-path: the packages of PEER_DIR that this Python
lacks, as a PYTHONPATH. Every folder there has the name of its wheel. On a card it measures the rate of large
products in bfloat16, so that the rate of a run can be seen beside it."""
import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def peer_packages(folder):
    """Folders of the packages that are missing here, and the wheels that are for another Python."""
    taken, refused = [], []
    tags = ("py3", "py2.py3", "py%d%d" % sys.version_info[:2])
    for wheel in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if importlib.util.find_spec(wheel.split("-")[0]) is None:
            (taken if wheel.split("-")[2] in tags else refused).append(wheel)
    return taken, refused


def card(torch):
    """The card's name and memory, and what it reaches in products of bfloat16."""
    properties = torch.cuda.get_device_properties(0)
    a, b = (torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    for count in (3, 20):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(count):
            a @ b
        torch.cuda.synchronize()
        seconds = (time.perf_counter() - start) / count
    free, total = torch.cuda.mem_get_info()
    return dict(
        card=properties.name, capability="%d.%d" % torch.cuda.get_device_capability(0), memory_gib=round(total / 2**30, 1),
        free_gib=round(free / 2**30, 1), bf16_tflops=round(2 * 8192**3 / seconds / 1e12, 1))


def driver():
    try:
        return subprocess.run(
            ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,memory.used", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=15).stdout.strip() or None
    except (OSError, subprocess.TimeoutExpired):
        return None


def main():
    device, peer, logs = sys.argv[1:]
    taken, refused = peer_packages(peer)
    with open(os.path.join(logs, "peer-path"), "w") as out:
        out.write(":".join(os.path.join(peer, wheel) for wheel in taken))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = dict(
        date=time.strftime("%Y-%m-%d %H:%M:%S"), device=device, python=platform.python_version(), executable=sys.executable,
        libc=" ".join(platform.libc_ver()), kernel=platform.release(), cores=os.cpu_count(), memory_gib=round(memory, 1),
        nvidia_smi=driver(), packages={
            name: version(name) for name in ("torch", "transformers", "peft", "accelerate", "triton", "pyarrow", "trl")},
        packages_of_the_bundle=taken)
    notes = ["%s is for another Python than %s" % (wheel, found["python"]) for wheel in refused]
    try:
        import torch

        found["torch"] = "%s, CUDA %s" % (torch.__version__, torch.version.cuda)
        if torch.cuda.is_available():
            found.update(card(torch))
        elif device.startswith("cuda"):
            notes.append("torch sees no card: " + (
                "it is a build without CUDA" if torch.version.cuda is None else "is there a driver?"))
    except Exception as e:
        notes.append("torch of %s cannot be used: %s" % (sys.executable, e))
    for name in ("transformers", "peft"):
        if found["packages"][name] is None:
            notes.append("%s is not installed" % name + (
                ": no model can be made" if name == "transformers" else ": TRL's side has no LoRA"))
    found["notes"] = notes
    with open(os.path.join(logs, "machine.json"), "w") as out:
        json.dump(found, out)
    with open(os.path.join(logs, "machine.txt"), "w") as out:
        for name, value in found.items():
            if name == "packages":
                value = ", ".join("%s %s" % (package, has or "missing") for package, has in value.items())
            if name not in ("notes", "device", "date") and value:
                print("   %s: %s" % (name, ", ".join(value) if isinstance(value, list) else value), file=out)
        for note in notes:
            print("   NOTE: " + note, file=out)


if __name__ == "__main__":
    main()
