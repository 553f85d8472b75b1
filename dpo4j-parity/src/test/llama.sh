#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Try exported GGUF files with llama.cpp: ids of texts in many languages, and greedy answers.
#
#   llama.sh NODE_MODULES MODEL_FOLDER [QUANTISATION [ADAPTER_FOLDER]]
#
# With the folder of an adapter on that model, llama.cpp loads it as a GGUF adapter beside the model's file.
# NODE_MODULES holds node-llama-cpp (npm install node-llama-cpp), which brings llama.cpp with it. The folder's
# tokenizer.json and dpo4j's answers are the truth. Needs node, and python3 with the package tokenizers.
set -euo pipefail
modules=${1:?folder of node modules} model=${2:?model folder} quantisation=${3:-f32} adapter=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/../../../dpo4j" export --model_name_or_path "$model" --output_dir "$work/gguf" --quantisation "$quantisation" \
  --name tried
python3 "$here/llama/texts.py" "$model" > "$work/texts.json"
python3 -c 'import json, sys
for text in json.load(open(sys.argv[1]))["prompts"]: print(json.dumps({"prompt": text}))' \
  "$work/texts.json" > "$work/prompts.jsonl"
lora=()
if [ -n "$adapter" ]; then
  "$here/../../../dpo4j" export --model_name_or_path "$adapter" --output_dir "$work/lora" --adapter separate
  lora=("$work/lora/lora-adapter.gguf")
fi
"$here/../../../dpo4j" generate --model_name_or_path "${adapter:-$model}" --prompts "$work/prompts.jsonl" --max_new_tokens 20 \
  --apply_chat_template false --ignore_eos true --output "$work/answers.jsonl"
node "$here/llama/compare.mjs" "$modules" "$work/gguf/tried-$quantisation.gguf" "$work/texts.json" "$work/answers.jsonl" \
  ${lora[@]+"${lora[@]}"}
