#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks a card: golden tests on it, then speed. Needs bundle.sh's folder, a driver and a Python
# with torch; no Java, no network.   check.sh [--quick] BUNDLE_DIR [OUT_DIR]
set -u
here=$(cd "$(dirname "$0")" && pwd)
quick=
[ "${1:-}" = --quick ] && { quick=1; shift; }
bundle=$1
out=${2:-/tmp/gpu-check}
work=${DPO4J_CHECK_WORK:-/tmp/dpo4j-check}
device=${DPO4J_CHECK_DEVICE:-cuda}
shm=${DPO4J_CHECK_SHM:-/dev/shm/dpo4j-check}
shape=${DPO4J_CHECK_SHAPE:-qwen2.5-0.5b}
for script in device-tests.txt collect.py figures.py generate_gpu.py make_model.py trl_gpu.py; do
  [ -f "$here/$script" ] || { echo "$here/$script is missing: it belongs beside check.sh" >&2; exit 2; }
done
for part in jre.tar.xz bundle.tar.xz; do
  [ -f "$bundle/$part" ] || { echo "$bundle/$part is missing: bundle.sh makes it" >&2; exit 2; }
done
logs="$work/logs"
mkdir -p "$out" "$logs" "$shm"
# All that is printed stays, too, where the script is cut off.
exec > >(tee "$out/check.txt") 2>&1
begin=$(date +%s)
# What was done so far is in one file, also when the script is cut off.
stamp() {
  printf '== %4d s  %s\n' "$(($(date +%s) - begin))" "$*"
  python3 "$here/collect.py" "$logs" "$out/check.json"
}

stamp unpack
tar -C "$work" -xJf "$bundle/jre.tar.xz" &
tar -C "$work" -xJf "$bundle/bundle.tar.xz" &
wait %1 %2
for golden in "$bundle"/golden.tar.xz "$bundle"/families.tar.xz; do
  [ ! -f "$golden" ] || tar -C "$work/bundle/shared/golden" -xJf "$golden"
done
# Of golden files that did not come along, the tests are skipped.
export DPO4J_SHARED_PARTIAL=1
java="$work/jre/bin/java"
tokens="$work/bundle/tokenizers"
python3 "$here/make_model.py" "$shape" "$shm/$shape" "$tokens/smollm2-135m-instruct" > "$logs/make-qwen.log" 2>&1 &
maker=$!
if [ -d "$bundle/wheels" ] && ! python3 -c 'import trl' 2>/dev/null; then
  python3 -m pip install -q --no-index --no-deps --no-compile --target "$work/site" "$bundle"/wheels/*.whl 2>&1 | tail -2
  export PYTHONPATH="$work/site"
fi
export DPO4J_SHARED="$work/bundle/shared" XDG_CACHE_HOME="$work/cache" HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
rows="$DPO4J_SHARED/data/dpo-en.jsonl"
nvidia-smi --query-gpu=name,driver_version,memory.total,memory.used --format=csv,noheader 2>&1
classes="$work/bundle/lib/*:$work/bundle/tests/*"
opts="-Dai.djl.offline=true -Xmx8g"
left() { echo $((${DPO4J_CHECK_SECONDS:-420} - ($(date +%s) - begin))); }

parts() { # SECONDS ARGS...: times the parts of a step
  local limit=$1; shift
  timeout "$limit" "$java" $opts -cp "$classes" dev.dpo4j.parity.CardBench "$@" 2>&1 | grep -v "INFO\|DEBUG" | tail -25
}
tests() { # SECONDS CLASS
  local limit=$1 name=${2##*.}
  timeout "$limit" "$java" $opts -Ddpo4j.test.device="$device" -cp "$classes" \
    org.junit.platform.console.ConsoleLauncher execute --details=testfeed --disable-banner --disable-ansi-colors -c "$2" \
    > "$logs/$name.log" 2>&1
  stamp "$name: exit $?, $(grep -oE '[0-9]+ tests (successful|failed|aborted)' "$logs/$name.log" | tr '\n' ' ')"
  grep -A8 "=> " "$logs/$name.log" | grep -v "^ *org.junit\|^ *java.base" | cut -c1-300 | head -30
}
# The tests of device-tests.txt, as far as what they need came along.
golden_tests() {
  tests 60 dev.dpo4j.tensor.cuda.card.CudaCardTest
  while read -r class seconds needs; do
    case $class in ''|'#'*|not) continue ;; esac
    case $needs in *peer*) case $class in GenerateParityTest) ;; *) continue ;; esac ;; esac
    [ "$(left)" -gt 15 ] || { stamp "$class: no time left"; return; }
    tests "$seconds" "dev.dpo4j.parity.$class"
  done < "$here/device-tests.txt"
}
ours() { # NAME SECONDS ARGS...
  local name=$1 limit=$2; shift 2
  [ "$(left)" -gt 15 ] || { stamp "$name: no time left"; return; }
  timeout "$limit" "$java" $opts -cp "$classes" dev.dpo4j.cli.Main bench --device "$device" --data "$rows" "$@" \
    > "$logs/ours-$name.json" 2> "$logs/ours-$name.log" || tail -8 "$logs/ours-$name.log"
  python3 "$here/figures.py" "$name" "$logs/ours-$name.json"
  stamp "ours $name"
}
theirs() { # NAME SECONDS ARGS...
  local name=$1 limit=$2; shift 2
  [ "$(left)" -gt 25 ] || { stamp "$name: no time left"; return; }
  timeout "$limit" python3 "$here/trl_gpu.py" --data "$rows" "$@" \
    > "$logs/trl-$name.json" 2> "$logs/trl-$name.log" || tail -4 "$logs/trl-$name.log"
  python3 "$here/figures.py" "$name" "$logs/trl-$name.json"
  stamp "trl $name"
}
# Answers to 128 prompts, 64 at a time, 256 tokens each.
our_answers() { # NAME SECONDS MODEL ARGS...
  local name=$1 limit=$2 model=$3; shift 3
  [ "$(left)" -gt 15 ] || { stamp "$name: no time left"; return; }
  rm -f "$work/answers.jsonl"
  timeout "$limit" "$java" $opts -cp "$classes" dev.dpo4j.cli.Main generate --device "$device" --model_name_or_path "$model" \
    --prompts "$work/prompts.jsonl" --output "$work/answers.jsonl" --batch_size 64 --max_new_tokens "$new_tokens" \
    --ignore_eos true --json "$@" > "$logs/ours-$name.json" 2> "$logs/ours-$name.log" || tail -8 "$logs/ours-$name.log"
  tail -1 "$logs/ours-$name.json"
  stamp "ours $name"
}
their_answers() { # NAME SECONDS MODEL
  local name=$1 limit=$2; shift 2
  [ "$(left)" -gt 25 ] || { stamp "$name: no time left"; return; }
  timeout "$limit" python3 "$here/generate_gpu.py" answer "$1" "$work/prompts.jsonl" 64 "$new_tokens" \
    > "$logs/transformers-$name.json" 2> "$logs/transformers-$name.log" || tail -4 "$logs/transformers-$name.log"
  tail -1 "$logs/transformers-$name.json"
  stamp "transformers $name"
}
new_tokens=${DPO4J_CHECK_NEW_TOKENS:-256}
python3 "$here/generate_gpu.py" prompts "$rows" "${DPO4J_CHECK_PROMPTS:-128}" "$work/prompts.jsonl"
parts_wanted=" ${DPO4J_CHECK_PARTS:-golden qwen answers smol 7b} "
wanted() { case "$parts_wanted" in *" $1 "*) return 0 ;; *) return 1 ;; esac; }
if wanted golden; then
golden_tests
fi
wait $maker; tail -1 "$logs/make-qwen.log"
stamp "speed"
q="$shm/$shape"
rows_wanted=${DPO4J_CHECK_ROWS:-160}
parts 40 "$device" "$q" 8 512 8
ours qwen 60 --model "$q" --n "$rows_wanted" --bs 8 --max_length 1024 --bf16 1
our_answers answers 60 "$q"
[ -n "$quick" ] && { stamp done; exit; }
if wanted 7b; then python3 "$here/make_model.py" llama-7b "$shm/llama-7b" "$tokens/smollm2-135m-instruct" > "$logs/make-7b.log" 2>&1 & maker=$!; fi
if wanted answers; then their_answers answers 60 "$q"; fi
theirs qwen-online 60 --model "$q" --n "$rows_wanted" --bs 8
theirs qwen-liger 60 --model "$q" --n "$rows_wanted" --bs 8 --liger 1
ours qwen-checkpointing 40 --model "$q" --n 80 --bs 8 --max_length 1024 --bf16 1 --gc 1
ours qwen-offload 40 --model "$q" --n 80 --bs 8 --max_length 1024 --bf16 1 --offload_optimizer true --activation_offloading true
if wanted 7b; then
wait $maker; tail -1 "$logs/make-7b.log"
b="$shm/llama-7b"
ours 7b-lora 70 --model "$b" --n 40 --bs 4 --max_length 1024 --bf16 1 --dtype bfloat16 --lora 16
theirs 7b-lora 80 --model "$b" --n 40 --bs 4 --dtype bfloat16 --lora 16
theirs 7b-lora-liger 80 --model "$b" --n 24 --bs 4 --dtype bfloat16 --lora 16 --liger 1
rm -rf "$b"
fi
theirs qwen-precomputed 60 --model "$q" --n "$rows_wanted" --bs 8 --precompute 1
theirs qwen-checkpointing 60 --model "$q" --n 80 --bs 8 --gc 1
theirs qwen-pure-bf16 50 --model "$q" --n 80 --bs 8 --dtype bfloat16
if wanted smol; then
python3 "$here/make_model.py" smollm2-135m "$shm/smollm2" "$tokens/smollm2-135m-instruct" > "$logs/make-smol.log" 2>&1
ours smol 40 --model "$shm/smollm2" --n 160 --bs 8 --max_length 1024 --bf16 1
theirs smol-online 50 --model "$shm/smollm2" --n 160 --bs 8
fi
ours qwen-again 40 --model "$q" --n "$rows_wanted" --bs 8 --max_length 1024 --bf16 1
stamp done
