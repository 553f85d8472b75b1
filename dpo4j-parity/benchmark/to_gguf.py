#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write a Hugging Face folder of a Llama or Qwen2 model as a GGUF file with 16-bit matrices, for llama.cpp.

    python3 dpo4j-parity/benchmark/to_gguf.py FOLDER FILE.gguf

Needs Python 3.9 with gguf, numpy, safetensors and torch. The file holds what generation from token ids needs; it has
no chat template.
"""

import json
import pathlib
import sys

import gguf
import numpy
from safetensors import safe_open

NAMES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
LAYER_NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}


def target(name):
    if name in NAMES:
        return NAMES[name]
    _, _, layer, rest = name.split(".", 3)
    module, kind = rest.rsplit(".", 1)
    return f"blk.{layer}.{LAYER_NAMES[module]}.{kind}"


def interleave(weight, heads):
    """llama.cpp's Llama turns neighbouring coordinates, Hugging Face's the two halves of a head."""
    shape = weight.shape
    halves = weight.reshape(heads, 2, shape[0] // heads // 2, *shape[1:])
    return numpy.ascontiguousarray(halves.swapaxes(1, 2).reshape(shape))


def write(folder, file):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    architecture = config["model_type"]
    if architecture not in ("llama", "qwen2"):
        raise SystemExit(f"{folder}/config.json has model_type {architecture}; this script writes llama and qwen2")
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    writer = gguf.GGUFWriter(str(file), architecture)
    writer.add_name(folder.name)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config.get("rope_parameters") or config
    writer.add_rope_freq_base(float(rope["rope_theta"]))
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    vocabulary(writer, folder, config)
    with safe_open(folder / "model.safetensors", "pt") as tensors:
        for name in tensors.keys():
            value = tensors.get_tensor(name).float().numpy()
            if architecture == "llama" and ".q_proj." in name:
                value = interleave(value, heads)
            if architecture == "llama" and ".k_proj." in name:
                value = interleave(value, kv_heads)
            writer.add_tensor(target(name), value.astype(numpy.float16) if value.ndim == 2 else value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def vocabulary(writer, folder, config):
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    texts = [f"[PAD{i}]" for i in range(config["vocab_size"])]
    types = [gguf.TokenType.UNUSED] * len(texts)
    for text, token in tokenizer["model"]["vocab"].items():
        texts[token], types[token] = text, gguf.TokenType.NORMAL
    for added in tokenizer["added_tokens"]:
        kind = gguf.TokenType.CONTROL if added["special"] else gguf.TokenType.USER_DEFINED
        texts[added["id"]], types[added["id"]] = added["content"], kind
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2" if config["model_type"] == "qwen2" else "smollm")
    writer.add_token_list(texts)
    writer.add_token_types(types)
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    writer.add_eos_token_id(config["eos_token_id"])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    write(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
