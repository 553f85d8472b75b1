# SPDX-License-Identifier: Apache-2.0
"""Makes a model of random weights in the shape of a known one: make_model.py SHAPE OUT [TOKENIZER_DIR]

The weights come from a seeded generator on the card where there is one, so that both sides of a
comparison load the same file."""
import os
import shutil
import sys

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


def main():
    name, out = sys.argv[1], sys.argv[2]
    kind, values, dtype = SHAPES[name]
    config = kind(bos_token_id=1, eos_token_id=2, **values)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(1234)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    model.save_pretrained(out, max_shard_size="100GB")
    if len(sys.argv) > 3:
        for file in os.listdir(sys.argv[3]):
            if file not in ("config.json", "generation_config.json"):
                shutil.copy(os.path.join(sys.argv[3], file), out)
    print(out, sum(p.numel() for p in model.parameters()))


if __name__ == "__main__":
    main()
