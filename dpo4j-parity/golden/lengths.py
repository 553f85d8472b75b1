"""Records which tokens TRL 0.28.0 keeps of pairs that are too long.

Writes ../src/test/resources/golden/lengths.json, which LengthParityTest reads. Made with

    pip install torch==2.11.0 transformers==4.57.3 trl==0.28.0
    python lengths.py

A row goes through DPOTrainer's own tokenize_row and concatenated_forward. The tokenizer takes
numbers for tokens; the model notes what it is asked and answers with equal chances for all tokens,
so that the log-probability of an answer counts its tokens that are learnt.
"""

import json
import math
import os
import random
from types import SimpleNamespace

import torch
from trl.trainer.dpo_trainer import DataCollatorForPreference, DPOTrainer

VOCABULARY = 200
PAD = 0

# max_length, max_prompt_length, max_completion_length, truncation_mode
LIMITS = [
    (16, 6, None, "keep_start"),
    (16, 6, None, "keep_end"),
    (16, None, 5, "keep_start"),
    (16, None, 5, "keep_end"),
    (12, 8, 7, "keep_start"),
    (12, 8, 7, "keep_end"),
    (9, None, None, "keep_end"),
    (None, 4, 3, "keep_start"),
    (40, 5, 9, "keep_end"),
]


class Numbers:
    eos_token_id = 1
    bos_token_id = None

    def __call__(self, text, add_special_tokens=False):
        return {"input_ids": [int(word) for word in text.split()]}


class Model:
    def __call__(self, input_ids, attention_mask=None, **arguments):
        self.asked = input_ids, attention_mask
        return SimpleNamespace(logits=torch.zeros(*input_ids.shape, VOCABULARY))


def rows():
    random.seed(11)
    lengths = [(3, 4, 5), (6, 10, 10), (9, 3, 8), (14, 5, 2), (16, 4, 6), (25, 7, 7), (5, 30, 3),
               (2, 20, 21), (1, 12, 6), (11, 1, 1)]
    return [
        {name: [random.randrange(2, VOCABULARY) for _ in range(length)]
         for name, length in zip(("prompt", "chosen", "rejected"), row)}
        for row in lengths
    ]


def text(ids):
    return " ".join(map(str, ids))


def kept(row, max_length, max_prompt_length, max_completion_length, truncation_mode):
    tokenized = DPOTrainer.tokenize_row(
        {name: text(ids) for name, ids in row.items()}, Numbers(), max_prompt_length,
        max_completion_length, add_special_tokens=False, is_chat=True)
    batch = DataCollatorForPreference(pad_token_id=PAD)([tokenized])
    trainer = SimpleNamespace(
        pad_token_id=PAD, aux_loss_enabled=False, is_encoder_decoder=False, max_length=max_length,
        truncation_mode=truncation_mode, use_logits_to_keep=False, padding_free=False,
        label_pad_token_id=-100, loss_type=["sigmoid"], use_weighting=False, ld_alpha=None,
        args=SimpleNamespace(rpo_alpha=None, ld_alpha=None), is_vision_model=False,
        concatenated_inputs=DPOTrainer.concatenated_inputs)
    model = Model()
    answer = DPOTrainer.concatenated_forward(trainer, model, batch)
    ids, mask = model.asked
    sequences = [i[m.bool()].tolist() for i, m in zip(ids, mask)]
    learnt = [round(-answer[name].item() / math.log(VOCABULARY))
              for name in ("chosen_logps", "rejected_logps")]
    return {"sequences": sequences, "learnt": learnt}


def main():
    data = rows()
    golden = {
        "made_with": "trl 0.28.0",
        "rows": data,
        "cases": [
            {"max_length": limits[0], "max_prompt_length": limits[1],
             "max_completion_length": limits[2], "truncation_mode": limits[3],
             "kept": [kept(row, *limits) for row in data]}
            for limits in LIMITS
        ],
    }
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/test/resources/golden")
    with open(os.path.join(folder, "lengths.json"), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
