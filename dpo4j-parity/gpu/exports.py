#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks which functions of PyTorch's C interface, of those that dpo4j calls, its wheels export.

    python3 dpo4j-parity/gpu/exports.py [VERSION ...] > dpo4j-parity/gpu/exports.md

Each wheel (about 0.5 to 0.9 GB) is downloaded with pip, read, and deleted before the next one. The
names come from TorchNatives.java. Of each function the exporting library and the declaration in the
wheel's headers are compared over the versions. The exit code is 1 if a function is missing anywhere
or declared differently.

    python3 dpo4j-parity/gpu/exports.py --installed FOLDER

checks the PyTorch in a virtual environment or its site-packages alone, and prints what is missing.
"""

import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

VERSIONS = ["2.10.0", "2.11.0", "2.12.1", "2.13.0", "2.14.1", "2.15.0"]
LIBRARIES = ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so"]
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "dpo4j-core/src/main/java/dev/dpo4j/tensor/cuda/torch"
# TorchLibrary.java looks for these itself.
REASON = "torch_exception_get_what_without_backtrace"
FIXED_ORDER = ["_ZN2at13globalContextEv", "_ZN2at7Context26setDeterministicAlgorithmsEbb"]
OPTIONAL = [REASON, *FIXED_ORDER]
DYNAMIC_SYMBOLS = 11


def wanted():
    source = (SOURCES / "TorchNatives.java").read_text()
    names = sorted(set(re.findall(r"static native \w+ (\w+)\(", source)))
    if not names:
        raise SystemExit(f"no native functions found in {SOURCES}/TorchNatives.java")
    return names


def exported(path):
    """The names that an ELF library defines for others."""
    data = memoryview(pathlib.Path(path).read_bytes())
    table, count = struct.unpack_from("<Q", data, 0x28)[0], struct.unpack_from("<H", data, 0x3C)[0]
    sections = [struct.unpack_from("<IIQQQQII", data, table + 64 * i) for i in range(count)]
    names = set()
    for section in sections:
        if section[1] != DYNAMIC_SYMBOLS:
            continue
        strings = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            name, info, _, home = struct.unpack_from("<IBBH", data, at)
            if home and info >> 4 in (1, 2):
                start = strings + name
                text = bytes(data[start : start + 96])
                names.add(text[: text.find(b"\0")].decode("ascii", "replace"))
    return names


def declarations(headers):
    """The declaration of each function, on one line."""
    found = {}
    pattern = re.compile(r"AOTI_TORCH_EXPORT\s+([\w\s*]+?)(\w+)\(([^;]*?)\)\s*;", re.S)
    for text in headers:
        text = re.sub(r"//[^\n]*", "", text)
        for kind, name, arguments in pattern.findall(text):
            line = f"{kind.strip()} {name}({arguments})"
            found[name] = re.sub(r"\s+", " ", line).replace("( ", "(").replace(" )", ")")
    return found


def wheel(version, folder):
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    command += ["--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"]
    subprocess.run(command + ["-d", str(folder), f"torch=={version}"], check=True)
    return next(pathlib.Path(folder).glob("*.whl"))


def examine(version):
    """Of a wheel: its full version, the library of each function, and its declarations."""
    with tempfile.TemporaryDirectory(prefix="dpo4j-exports-") as folder:
        with zipfile.ZipFile(wheel(version, folder)) as files:
            homes = {}
            for library in LIBRARIES:
                path = files.extract(f"torch/lib/{library}", folder)
                for name in exported(path):
                    homes.setdefault(name, library)
            headers = [
                files.read(name).decode()
                for name in files.namelist()
                if name.startswith("torch/include/torch/csrc/") and "/c" in name and name.endswith(".h")
                and ("aoti_torch" in name or "stable/c" in name)
            ]
            text = files.read("torch/version.py").decode()
    full = re.search(r"__version__ = '([^']+)'", text).group(1)
    return full, homes, declarations(headers)


def table(versions):
    names = wanted()
    seen = [examine(version) for version in versions]
    lines = ["# Functions of PyTorch that dpo4j calls", ""]
    lines += ["Made by `exports.py` from the wheels for Linux on x86-64. A cell names the library that", "exports the function.", ""]
    lines.append("| function | " + " | ".join(full for full, _, _ in seen) + " | declared the same |")
    lines.append("|---|" + "---|" * (len(seen) + 1))
    faults = []
    for name in names + OPTIONAL:
        cells = [homes.get(name, "missing").removesuffix(".so") for _, homes, _ in seen]
        signatures = {found[name] for _, _, found in seen if name in found}
        optional = name in OPTIONAL
        same = len(signatures) == 1 or optional and not signatures
        lines.append(f"| `{name}` | " + " | ".join(cells) + f" | {'yes' if same else 'NO'} |")
        if "missing" in cells and not optional or not same:
            faults.append(name)
    lines += ["", "`" + REASON + "` has the words of a failure; where it is missing, PyTorch prints them to"]
    lines += ["standard error instead. The last two are C++: only `full_determinism` calls", "them, and it is refused where one is missing."]
    lines += ["", "## Declarations", "", "```c"]
    lines += [seen[-1][2].get(name, f"/* {name}: not in a header */") + ";" for name in names]
    lines += ["```"]
    print("\n".join(lines))
    return faults


def installed(site):
    root = pathlib.Path(site)
    found = [root, *sorted(root.glob("lib/python3*/site-packages"))]
    home = next((path for path in found if (path / "torch/lib").is_dir()), None)
    if home is None:
        raise SystemExit(f"no PyTorch in {site}")
    homes = set()
    for library in LIBRARIES:
        homes |= exported(home / "torch/lib" / library)
    return [name for name in wanted() if name not in homes]


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--installed"]:
        faults = installed(arguments[1])
    else:
        faults = table(arguments or VERSIONS)
    for name in faults:
        print(f"missing or declared differently: {name}", file=sys.stderr)
    sys.exit(1 if faults else 0)


main()
