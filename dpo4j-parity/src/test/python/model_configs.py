# SPDX-License-Identifier: Apache-2.0
"""What transformers makes of config.json files: one JSON line per line of input.

Usage: python model_configs.py < CONFIGS.jsonl
"""

import json
import sys
import tempfile

from transformers import AutoConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.mistral.modeling_mistral import MistralRotaryEmbedding
from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding
from transformers.models.qwen3.modeling_qwen3 import Qwen3RotaryEmbedding

ROTARY = {
    "llama": LlamaRotaryEmbedding,
    "mistral": MistralRotaryEmbedding,
    "qwen2": Qwen2RotaryEmbedding,
    "qwen3": Qwen3RotaryEmbedding,
}


def windows(config):
    if config.model_type == "mistral":
        return [config.sliding_window or 0] * config.num_hidden_layers
    if config.model_type == "llama":
        return [0] * config.num_hidden_layers
    return [config.sliding_window if t == "sliding_attention" else 0 for t in config.layer_types]


def describe(text):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/config.json", "w") as file:
            file.write(text)
        config = AutoConfig.from_pretrained(folder)
    rope = ROTARY[config.model_type](config)
    eos = config.eos_token_id
    return {
        "vocabSize": config.vocab_size,
        "hiddenSize": config.hidden_size,
        "intermediateSize": config.intermediate_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "kvHeads": config.num_key_value_heads,
        "headDim": getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
        "rmsNormEps": config.rms_norm_eps,
        "tieWordEmbeddings": config.tie_word_embeddings,
        "qkvBias": config.model_type == "qwen2" or (config.model_type in ("llama", "qwen3") and config.attention_bias),
        "oBias": config.model_type in ("llama", "qwen3") and config.attention_bias,
        "mlpBias": config.model_type == "llama" and config.mlp_bias,
        "slidingWindows": windows(config),
        "maxPositionEmbeddings": config.max_position_embeddings,
        "storedDtype": str(config.dtype).replace("torch.", "") if config.dtype else None,
        "initializerRange": config.initializer_range,
        "bosTokenId": config.bos_token_id,
        "eosTokenIds": [] if eos is None else eos if isinstance(eos, list) else [eos],
        "padTokenId": config.pad_token_id,
        "inverseFrequencies": rope.inv_freq.tolist(),
        "attentionFactor": rope.attention_scaling,
    }


for line in sys.stdin:
    try:
        print(json.dumps(describe(line)))
    except Exception as error:  # what transformers refuses, we must refuse too
        print(json.dumps({"error": repr(error)[:300]}))
