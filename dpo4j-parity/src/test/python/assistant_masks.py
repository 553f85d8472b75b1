# SPDX-License-Identifier: Apache-2.0
"""Writes which tokens transformers takes as the assistant's: assistant_masks.py OUT TEMPLATES MODEL...

OUT gets cases.json and one folder for each pair of a model's tokenizer and a template that marks the assistant.
"""

import json
import os
import random
import shutil
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

from transformers import AutoTokenizer

TEMPLATES = ["qwen3_training", "qwen2_5_training", "llama3_training"]
FRAGMENTS = ["hello", " world", "\n", "天空", "é", "don't", " 3.14", "!", "  ", "кот", "x = 1\n"]


def conversation(rng):
    def text():
        return "".join(rng.choice(FRAGMENTS) for _ in range(rng.randint(1, 6)))

    messages = [{"role": "system", "content": text()}] if rng.random() < 0.4 else []
    for _ in range(rng.randint(1, 3)):
        messages.append({"role": "user", "content": text()})
        messages.append({"role": "assistant", "content": text()})
    return messages


def main(out, templates, models):
    result = []
    for number, model in enumerate(models):
        for name in TEMPLATES:
            folder = f"{out}/{number}-{name}"
            os.makedirs(folder)
            for file in ("tokenizer.json", "tokenizer_config.json", "config.json"):
                shutil.copyfile(f"{model}/{file}", f"{folder}/{file}")
            shutil.copyfile(f"{templates}/{name}.jinja", f"{folder}/chat_template.jinja")
            tokenizer = AutoTokenizer.from_pretrained(folder)
            rng = random.Random(9)
            cases = []
            for _ in range(25):
                row = {"messages": conversation(rng)}
                made = tokenizer.apply_chat_template(
                    row["messages"], tokenize=True, return_dict=True, return_assistant_tokens_mask=True
                )
                cases.append({"row": row, "want": {"ids": made["input_ids"], "mask": made["assistant_masks"]}})
            result.append({"model": folder, "cases": cases})
    with open(f"{out}/cases.json", "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
