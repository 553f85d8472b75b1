"""Records which tokens LLaMA-Factory 0.9.5 keeps of rows that are longer than cutoff_len.

Writes ../../dpo4j-data/src/test/resources/shared-cut.json, which SharedCutTest reads. Made with

    pip install --no-deps llamafactory==0.9.5
    pip install torch==2.11.0 transformers peft accelerate datasets trl torchaudio
    python shared_cut.py

Rows go through the processors' own _encode_data_example. The template takes numbers for tokens.
"""

import json
import os
import random
import sys
from types import SimpleNamespace

from llamafactory.data.processor.pairwise import PairwiseDatasetProcessor
from llamafactory.data.processor.supervised import SupervisedDatasetProcessor

LIMITS = [5, 16, 17, 24, 40]
IGNORED = -100


def ids(count):
    return [random.randrange(2, 1000) for _ in range(count)]


class Template:
    """Every other message is the user's; what it says are its tokens."""

    efficient_eos = False
    preserve_thinking = False
    mm_plugin = SimpleNamespace(
        process_messages=lambda messages, *rest: messages,
        process_token_ids=lambda input_ids, labels, *rest: (input_ids, labels),
    )

    def encode_multiturn(self, tokenizer, messages, *rest):
        return [(list(messages[i]), list(messages[i + 1])) for i in range(0, len(messages), 2)]

    def encode_oneturn(self, tokenizer, messages, *rest):
        return [token for message in messages[:-1] for token in message], list(messages[-1])


def data(limit):
    return SimpleNamespace(cutoff_len=limit, train_on_prompt=False, mask_history=False)


def pairs():
    random.seed(5)
    lengths = [(3, 4, 5), (6, 10, 10), (9, 3, 8), (14, 5, 2), (16, 4, 6), (25, 7, 7), (5, 30, 3),
               (2, 20, 21), (1, 12, 6), (11, 1, 1), (8, 8, 8), (200, 9, 30)]
    return [tuple(ids(count) for count in row) for row in lengths]


def dialogues():
    random.seed(6)
    lengths = [(3, 4), (30, 9), (4, 40), (3, 4, 5, 6), (20, 3, 4, 30), (6, 6, 6, 6, 6, 6),
               (2, 30, 9, 9), (1, 1, 1, 1, 50, 50)]
    return [[ids(count) for count in row] for row in lengths]


def main():
    pair_rows, dialogue_rows = pairs(), dialogues()
    cases = []
    for limit in LIMITS:
        pairwise = PairwiseDatasetProcessor(Template(), None, None, data(limit))
        supervised = SupervisedDatasetProcessor(Template(), None, None, data(limit))
        case = {"cutoff_len": limit, "pairs": [], "dialogues": []}
        for prompt, chosen, rejected in pair_rows:
            kept = pairwise._encode_data_example([prompt], [chosen, rejected], None, None, [], [], [])
            case["pairs"].append(
                {"chosen": kept[0], "rejected": kept[2],
                 "prompt": sum(label == IGNORED for label in kept[1])})
        for dialogue in dialogue_rows:
            kept, labels = supervised._encode_data_example(
                dialogue[:-1], dialogue[-1:], None, None, [], [], [])
            case["dialogues"].append(
                {"ids": kept, "learnt": [label != IGNORED for label in labels]})
        cases.append(case)
    golden = {"made_with": "llamafactory 0.9.5", "pairs": pair_rows, "dialogues": dialogue_rows,
              "cases": cases}
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../dpo4j-data/src/test/resources")
    with open(os.path.join(folder, "shared-cut.json"), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
