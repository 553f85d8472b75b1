# SPDX-License-Identifier: Apache-2.0
"""Makes models of random weights in the shapes of known ones: make_model.py TOKENIZER_DIR DIR OTHER_DIR SHAPE...

Every model lies in DIR/SHAPE: in OTHER_DIR, with a link, where that has room. One that is there already is kept. The
weights come from a seeded generator on the card where there is one, so that both sides of a comparison load the
same file."""
import os
import shutil
import sys
import time
import traceback

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config

SHAPES = {
    "qwen2.5-0.5b": (Qwen2Config, dict(
        vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24,
        num_attention_heads=14, num_key_value_heads=2, max_position_embeddings=32768,
        rope_theta=1e6, rms_norm_eps=1e-6, tie_word_embeddings=True), torch.float32),
    "smollm2-135m": (LlamaConfig, dict(
        vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=8192,
        rope_theta=1e5, rms_norm_eps=1e-5, tie_word_embeddings=True), torch.float32),
    "llama-7b": (LlamaConfig, dict(
        vocab_size=49152, hidden_size=4096, intermediate_size=11008, num_hidden_layers=32,
        num_attention_heads=32, num_key_value_heads=32, max_position_embeddings=4096,
        rope_theta=1e4, rms_norm_eps=1e-5, tie_word_embeddings=False), torch.bfloat16),
    "tiny": (LlamaConfig, dict(
        vocab_size=49152, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=4096,
        rope_theta=1e4, rms_norm_eps=1e-5, tie_word_embeddings=True), torch.float32),
}


def room_for(config, dtype, folders):
    """The first folder that can be written and has the space."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    needed = sum(p.numel() for p in model.parameters()) * dtype.itemsize + 100 * 2**20
    refused = []
    for folder in folders:
        try:
            os.makedirs(folder, exist_ok=True)
            free = shutil.disk_usage(folder).free
            if free > needed and os.access(folder, os.W_OK):
                return folder
            refused.append("%s (%.1f GiB free)" % (folder, free / 2**30))
        except OSError as e:
            refused.append("%s (%s)" % (folder, e.strerror))
    raise OSError("no folder takes %.1f GiB: %s" % (needed / 2**30, ", ".join(refused)))


def make(name, tokenizer, links, other):
    out = os.path.join(links, name)
    if os.path.exists(out):
        return "was there"
    kind, values, dtype = SHAPES[name]
    config = kind(bos_token_id=1, eos_token_id=2, **values)
    target = os.path.join(room_for(config, dtype, (other, links)), name)
    part = target + ".part"
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    torch.manual_seed(1234)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    try:
        model.save_pretrained(part, max_shard_size="100GB")
        for file in os.listdir(tokenizer):
            if file not in ("config.json", "generation_config.json"):
                shutil.copy(os.path.join(tokenizer, file), part)
        os.rename(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if target != out:
        if os.path.islink(out):
            os.unlink(out)
        os.symlink(target, out)
    return "%d weights in %s" % (sum(p.numel() for p in model.parameters()), target)


def main():
    tokenizer, links, other = sys.argv[1:4]
    failed = False
    for name in sys.argv[4:]:
        begin = time.perf_counter()
        try:
            print("   %s: %s, %.1f s" % (name, make(name, tokenizer, links, other), time.perf_counter() - begin), flush=True)
        except Exception as e:
            failed = True
            print("   %s could not be made: %s: %s" % (name, type(e).__name__, e), flush=True)
            traceback.print_exc()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    sys.exit(failed)


if __name__ == "__main__":
    main()
