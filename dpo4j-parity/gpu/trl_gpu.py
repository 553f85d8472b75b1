# SPDX-License-Identifier: Apache-2.0
"""Trains with TRL's DPOTrainer on a card and prints one JSON object: the peer of `dpo4j bench`.

The same job for both sides: the first N rows of a JSONL file in order, keep-start truncation to
max_length, constant learning rate, AdamW, clipping at 1.0. Rows whose prompt reaches max_length are
left out; tokens are those of prompt and answer, of both answers."""
import argparse
import json
import tempfile
import time

import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--data", required=True)
parser.add_argument("--n", type=int, default=64)
parser.add_argument("--max_length", type=int, default=1024)
parser.add_argument("--bs", type=int, default=8)
parser.add_argument("--dtype", default="float32", help="type of the weights")
parser.add_argument("--bf16", type=int, default=1, help="autocast")
parser.add_argument("--gc", type=int, default=0, help="gradient checkpointing")
parser.add_argument("--precompute", type=int, default=0)
parser.add_argument("--liger", type=int, default=0, help="Liger's kernels")
parser.add_argument("--lora", type=int, default=0)
parser.add_argument("--lr", type=float, default=5e-6)
parser.add_argument("--cpu", action="store_true")
args = parser.parse_args()

rows = load_dataset("json", data_files=args.data, split="train").select(range(args.n))
tokenizer = AutoTokenizer.from_pretrained(args.model)
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
model = AutoModelForCausalLM.from_pretrained(
    args.model, dtype=getattr(torch, args.dtype), attn_implementation="sdpa")
cuda = not args.cpu and torch.cuda.is_available()
times = []


def now():
    if cuda:
        torch.cuda.synchronize()
    return time.perf_counter()


class Clock(TrainerCallback):
    def on_step_begin(self, *_, **__):
        if not times:
            times.append(now())

    def on_step_end(self, *_, **__):
        times.append(now())


class InOrder(DPOTrainer):
    def _get_train_sampler(self, *_, **__):
        return torch.utils.data.SequentialSampler(self.train_dataset)


config = DPOConfig(
    output_dir=tempfile.mkdtemp(), beta=0.1, learning_rate=args.lr,
    per_device_train_batch_size=args.bs, num_train_epochs=1, logging_steps=1,
    bf16=bool(args.bf16), gradient_checkpointing=bool(args.gc), max_length=args.max_length,
    report_to=[], save_strategy="no", use_cpu=not cuda, loss_type=["sigmoid"],
    precompute_ref_log_probs=bool(args.precompute), use_liger_kernel=bool(args.liger), lr_scheduler_type="constant",
    disable_tqdm=True, seed=0)
extra = {}
if args.lora:
    from peft import LoraConfig

    extra["peft_config"] = LoraConfig(
        r=args.lora, lora_alpha=2 * args.lora, lora_dropout=0.0, target_modules="all-linear")
start = now()
trainer = InOrder(
    model=model, args=config, train_dataset=rows, processing_class=tokenizer,
    callbacks=[Clock()], **extra)
ready = now()
trainer.train()
tokens = [
    sum(min(len(row["prompt_ids"]) + len(row[key]), args.max_length)
        for key in ("chosen_ids", "rejected_ids"))
    for row in trainer.train_dataset]
steps = [b - a for a, b in zip(times, times[1:])]
later = tokens[args.bs:]
reference = ready - start if args.precompute else 0.0
print(json.dumps(dict(
    tool="trl, torch " + torch.__version__, args=vars(args), pairs=len(tokens), tokens=sum(tokens),
    reference_s=round(reference, 3), train_s=round(times[-1] - times[0], 3),
    tokens_per_s=round(sum(tokens) / (times[-1] - times[0] + reference), 1),
    later_tokens_per_s=round(sum(later) / max(sum(steps[1:]), 1e-9), 1),
    peak_device_gb=round(torch.cuda.max_memory_allocated() / 2**30, 3) if cuda else None,
    reserved_gb=round(torch.cuda.max_memory_reserved() / 2**30, 3) if cuda else None,
    step_s=[round(s, 4) for s in steps],
    losses=[round(h["loss"], 6) for h in trainer.state.log_history if "loss" in h])))
