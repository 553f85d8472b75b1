# SPDX-License-Identifier: Apache-2.0
"""Writes the folder of Arrow files that ArrowRowsTest reads, with Python's datasets and pyarrow.

Usage: python arrow_folders.py FOLDER
Recorded with datasets 5.2.0 and pyarrow 26.0.1.
"""

import datetime
import pathlib
import shutil
import sys

import pyarrow as pa
from datasets import Dataset, DatasetDict, Features, Json, List, Value

folder = pathlib.Path(sys.argv[1])
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)


def chat(role, text, **more):
    return [{"role": role, "content": text, **more}]


pairs = [
    {
        "prompt": chat("user", f"Grüße {i}?"),
        "chosen": chat("assistant", "ja", tool_calls=[{"f": {"a": i}}] if i == 1 else None),
        "rejected": chat("assistant", "nein"),
        "score": [1.5, float("nan"), None][i],
        "nothing": None,
    }
    for i in range(3)
]
rows = Dataset.from_list(pairs)
DatasetDict({"train_prefs": rows, "test_prefs": rows.select([1])}).save_to_disk(
    folder / "splits", num_shards={"train_prefs": 2, "test_prefs": 1}
)
Dataset.from_dict(
    {"tools": [[{"name": "f", "x": None}], None], "many": [[{"q": 1}, [2]], []], "n": [2**40, None]},
    features=Features({"tools": Json(), "many": List(Json()), "n": Value("int64")}),
).save_to_disk(folder / "json")

columns = {
    "bool": pa.array([True, None, False]),
    "int8": pa.array([-1, None, 7], pa.int8()),
    "int32": pa.array([-70000, None, 7], pa.int32()),
    "uint8": pa.array([200, None, 7], pa.uint8()),
    "uint64": pa.array([2**64 - 1, None, 7], pa.uint64()),
    "float": pa.array([0.1, None, float("nan")], pa.float32()),
    "double": pa.array([0.1, None, -2.5]),
    "text": pa.array(["", None, "\u597d\U0001f600"]),
    "large": pa.array(["a", None, "bc"], pa.large_string()),
    "bytes": pa.array(["\u00fc".encode(), None, b"\xff\x00"], pa.binary()),
    "list": pa.array([[1, None], None, []], pa.list_(pa.int64())),
    "large_list": pa.array([["x"], None, ["y", "z"]], pa.large_list(pa.string())),
    "fixed": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int16(), 2)),
    "struct": pa.array([{"a": 1, "b": None}, None, {"a": None, "b": "x"}]),
    "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
    "day": pa.array([datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31)]),
    "time": pa.array([datetime.datetime(2024, 2, 29, 1, 2, 3, 4000), None, datetime.datetime(1969, 12, 31, 23, 59, 59)]),
    "seconds": pa.array([86399, None, -1], pa.timestamp("s")),
}
table = pa.table(columns)
with pa.ipc.new_stream(folder / "types.arrow", table.schema) as stream:
    # Slices have offsets that do not begin at 0.
    for start in range(3):
        stream.write_table(table.slice(start, 1))
with pa.ipc.new_file(folder / "types.feather", table.schema) as file:
    file.write_table(table)

one = pa.table({"text": ["a" * 100]})
with pa.ipc.new_stream(folder / "packed.arrow", one.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as s:
    s.write_table(one)
words = pa.table({"word": pa.array(["a", "b", "a"]).dictionary_encode()})
with pa.ipc.new_stream(folder / "dictionary.arrow", words.schema) as s:
    s.write_table(words)
