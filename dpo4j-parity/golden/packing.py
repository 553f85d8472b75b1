"""Records into which packs TRL puts rows.

Writes ../src/test/resources/golden/packing-VERSION.json, which PackingParityTest reads, for the
version of TRL that is installed. Made twice:

    pip install torch==2.11.0 transformers==5.17.0 datasets==4.8.0 pyarrow==22.0.0 trl==1.16.0
    python packing.py
    pip install trl==0.19.1 transformers==4.57.3
    python packing.py

TRL 0.19.1 is the last version that calls its strategy ffd. A token is the number of its row and its
place in it; a pack is written as stretches of rows.
"""

import json
import os
import random

import trl
from datasets import Dataset
from trl.data_utils import pack_dataset

STRIDE = 10_000
STRATEGIES = ["ffd", "wrapped"] if trl.__version__ == "0.19.1" else ["bfd", "bfd_split", "wrapped"]


def lengths():
    """More rows than TRL packs at once, which is 1000; some are longer than a pack."""
    random.seed(5)
    return [random.randrange(1, 24) if random.random() < 0.9 else random.randrange(24, 100)
            for _ in range(1150)]


def stretches(ids):
    found = []
    for token in ids:
        row, place = divmod(token, STRIDE)
        if found and found[-1][0] == row and found[-1][2] == place:
            found[-1][2] += 1
        else:
            found.append([row, place, place + 1])
    return found


def packs(of_rows, size, strategy):
    rows = [[row * STRIDE + place for place in range(length)] for row, length in enumerate(of_rows)]
    columns = {"input_ids": rows}
    packed = pack_dataset(Dataset.from_dict(columns), size, strategy)
    return [stretches(ids) for ids in packed["input_ids"]]


def main():
    of_rows = lengths()
    golden = {
        "made_with": "trl " + trl.__version__,
        "lengths": of_rows,
        "size": 48,
        "packs": {strategy: packs(of_rows, 48, strategy) for strategy in STRATEGIES},
    }
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/test/resources/golden")
    with open(os.path.join(folder, "packing-%s.json" % trl.__version__), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
