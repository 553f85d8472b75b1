# SPDX-License-Identifier: Apache-2.0
"""Writes what TRL makes of rows in many forms, for several tokenizers: preference_ids.py OUT MODEL...

OUT gets cases.json (one object a case: model, row, want) and two tokenizers made here: one whose
post-processor adds BOS, and one in the manner of SentencePiece.
"""

import json
import os
import random
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

from tokenizers import Tokenizer, decoders, models, normalizers, processors, trainers
from transformers import AutoTokenizer
from trl.data_utils import _tokenize, common_prefix_length, extract_prompt

FRAGMENTS = (
    "hello|world| |  |天空|蓝色|😀|👍🏽|e\u0301|é|don't|3.14|1000|<|im_end|>|<|endoftext|>|。|,|!|кот|العربية|한국어|"
    "ไทย|\u200b|\u00a0|ﬁ|Ａ|ΑΒΓ|_x|🇨🇳|\u2028|<s>|▁"
).split("|")
FRAGMENTS += ["<|im_start|>", "<|im_end|>", "\n", "\n\n", "\t", "\r\n", "\0", "def f(x):\n    return x", "a" * 40]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get",
            "description": "d é",
            "parameters": {"type": "object", "properties": {"x": {"type": "integer", "minimum": -3, "f": 1.5}}},
        },
    }
]
CHATML = (
    "{{ bos_token }}{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def with_bos(source, out):
    """The tokenizer of a byte-level model, with a post-processor that puts BOS first."""
    os.makedirs(out, exist_ok=True)
    text = json.load(open(f"{source}/tokenizer.json", encoding="utf-8"))
    bos = next(t["id"] for t in text["added_tokens"] if t["content"] == "<|endoftext|>")
    processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", pair="<|endoftext|> $A $B", special_tokens=[("<|endoftext|>", bos)]
    )
    text["post_processor"] = json.loads(processor.__getstate__())
    json.dump(text, open(f"{out}/tokenizer.json", "w", encoding="utf-8"))
    config = {"tokenizer_class": "LlamaTokenizerFast", "bos_token": {"content": "<|endoftext|>", "__type": "AddedToken"}}
    config.update(eos_token="<|im_end|>", add_eos_token=True, chat_template=CHATML, pad_token="[PAD]")
    json.dump(config, open(f"{out}/tokenizer_config.json", "w"))
    json.dump({"model_type": "llama"}, open(f"{out}/config.json", "w"))


def sentencepiece_like(out):
    """A BPE with byte fallback, saved as Llama 2 tokenizers are: prefixed and replaced by a normaliser."""
    os.makedirs(out, exist_ok=True)
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=tokens, show_progress=False)
    tokenizer.train_from_iterator(["hello world the sky is blue don't 1000 3.14 return x"] * 4, trainer)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    text = json.loads(tokenizer.to_str())
    text["added_tokens"] = [t for t in text["added_tokens"] if t["id"] < 3]
    json.dump(text, open(f"{out}/tokenizer.json", "w", encoding="utf-8"))
    config = {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "chat_template": CHATML}
    json.dump(config, open(f"{out}/tokenizer_config.json", "w"))
    json.dump({"model_type": "llama"}, open(f"{out}/config.json", "w"))


def user(content):
    return {"role": "user", "content": content}


def assistant(content):
    return {"role": "assistant", "content": content}


def rows(rng):
    def text(most=6):
        return "".join(rng.choice(FRAGMENTS) + rng.choice(["", " ", ""]) for _ in range(rng.randint(1, most))) or "x"

    for _ in range(120):
        yield {"prompt": text(), "chosen": text(), "rejected": text()}
    for _ in range(80):
        prompt = [user(text())]
        if rng.random() < 0.3:
            prompt = [{"role": "system", "content": text()}] + prompt
        if rng.random() < 0.4:
            prompt += [assistant(text()), user(text())]
        row = {"prompt": prompt, "chosen": [assistant(text())], "rejected": [assistant(text())]}
        if rng.random() < 0.25:
            row["tools"] = TOOLS if rng.random() < 0.5 else json.dumps(TOOLS)
        if rng.random() < 0.2:
            row["chat_template_kwargs"] = {"enable_thinking": False}
        if rng.random() < 0.2:
            row["chosen"] = [assistant(text()), user(text()), assistant(text())]
        if rng.random() < 0.3:
            row["chosen"], row["rejected"] = prompt + row["chosen"], prompt + row["rejected"]
            del row["prompt"]
        yield row
    yield {"prompt": [user("w?"), assistant("ok")], "chosen": [user("m"), assistant("y")], "rejected": [user("m")]}
    yield {"prompt": [user("w?"), assistant("ok")], "chosen": [assistant("y")], "rejected": [assistant("n")]}
    # Texts without a prompt column, where TRL cuts between words.
    for good, bad in [("red", "green"), ("Yes", "No"), ("天", "地"), ("1", "x")]:
        for start in ["The sky is ", "\n\nHuman: Hi\n\nAssistant: ", "Q:\n", "天空是", "a. "]:
            yield {"chosen": start + good, "rejected": start + bad}


def trl(row, tokenizer):
    """The ids of a row, made as DPOTrainer makes them."""
    row = dict(row)
    if "prompt" not in row:
        row.update(extract_prompt(row))
    kwargs = {}
    if isinstance(row["prompt"], list):
        tools = row.get("tools")
        kwargs = {"tools": json.loads(tools) if isinstance(tools, str) else tools}
        kwargs.update(row.get("chat_template_kwargs", {}))
        prompt = _tokenize(tokenizer, row["prompt"], add_generation_prompt=True, **kwargs)["input_ids"]
    else:
        prompt = _tokenize(tokenizer, row["prompt"])["input_ids"]
        for answer in ("chosen", "rejected"):
            if not row[answer].endswith(tokenizer.eos_token):
                row[answer] += tokenizer.eos_token
    chosen = _tokenize(tokenizer, row["prompt"] + row["chosen"], **kwargs)["input_ids"]
    rejected = _tokenize(tokenizer, row["prompt"] + row["rejected"], **kwargs)["input_ids"]
    start = min(common_prefix_length(prompt, chosen), common_prefix_length(prompt, rejected))
    return {"prompt": prompt[:start], "chosen": chosen[start:], "rejected": rejected[start:]}


def main(out, models_given):
    with_bos(models_given[0], f"{out}/with-bos")
    sentencepiece_like(f"{out}/sentencepiece-like")
    cases = []
    for model in [*models_given, f"{out}/with-bos", f"{out}/sentencepiece-like"]:
        tokenizer = AutoTokenizer.from_pretrained(model)
        for row in rows(random.Random(5)):
            cases.append({"model": model, "row": row, "want": trl(row, tokenizer)})
    with open(f"{out}/cases.json", "w", encoding="utf-8") as file:
        json.dump(cases, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
