# SPDX-License-Identifier: Apache-2.0
"""Generates with transformers on a card and prints one JSON object: the peer of `dpo4j generate`.

    generate_gpu.py prompts ROWS.jsonl N OUT.jsonl      writes the prompts that both sides answer
    generate_gpu.py answer MODEL PROMPTS BATCH NEW_TOKENS [DTYPE]

Answers are greedy and have NEW_TOKENS tokens each. Loading is not timed, reading the prompts is; one short
batch goes before, so that what torch prepares at its first call is not timed."""
import json
import sys
import time


def prompts(rows, count, out):
    with open(rows, encoding="utf-8") as source, open(out, "w", encoding="utf-8") as target:
        written = 0
        for line in source:
            prompt = [m for m in json.loads(line)["prompt"]]
            if sum(len(m["content"]) for m in prompt) > 2000:
                continue
            target.write(json.dumps({"prompt": prompt}) + "\n")
            written += 1
            if written == int(count):
                return
    raise SystemExit(f"{rows} has only {written} prompts of at most 2,000 characters, wanted {count}")


def answer(folder, file, batch_size, new_tokens, dtype="bfloat16"):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=getattr(torch, dtype), attn_implementation="sdpa").eval().to(device)
    model.generation_config.eos_token_id = None
    texts = [
        tokenizer.apply_chat_template(json.loads(line)["prompt"], add_generation_prompt=True, tokenize=False)
        for line in open(file, encoding="utf-8")]
    batch_size, new_tokens = int(batch_size), int(new_tokens)

    def run(some, count):
        batch = tokenizer(some, return_tensors="pt", padding=True, add_special_tokens=False).to(device)
        config = GenerationConfig(
            do_sample=False, max_new_tokens=count, eos_token_id=None, pad_token_id=tokenizer.pad_token_id)
        with torch.inference_mode():
            out = model.generate(**batch, generation_config=config)
        return int(batch["attention_mask"].sum()), out[:, batch["input_ids"].shape[1]:].cpu()

    run(texts[:batch_size], 4)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    read, first = 0, None
    for at in range(0, len(texts), batch_size):
        tokens, made = run(texts[at:at + batch_size], new_tokens)
        read += tokens
        first = made[0][:8].tolist() if first is None else first
    seconds = time.perf_counter() - start
    made = len(texts) * new_tokens
    print(json.dumps(dict(
        tool="transformers, torch " + torch.__version__, dtype=dtype, answers=len(texts), prompt_tokens=read,
        tokens=made, seconds=round(seconds, 3), tokens_per_s=round(made / seconds, 1), first=first,
        peak_device_gb=round(torch.cuda.max_memory_allocated() / 2**30, 3) if device == "cuda" else None)))


if __name__ == "__main__":
    {"prompts": prompts, "answer": answer}[sys.argv[1]](*sys.argv[2:])
