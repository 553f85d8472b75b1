#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks a card: golden tests on it, then speed. Needs bundle.sh's folder, a driver and a Python
# with torch; no Java, no network.   check.sh [--quick] BUNDLE_DIR [OUT_DIR]
# README.md names the parts and the variables.
set -u
here=$(cd "$(dirname "$0")" && pwd)
wanted="golden profile qwen answers 7b qwen-more smol again"
[ "${1:-}" = --quick ] && { wanted="golden profile qwen"; DPO4J_CHECK_PEER=0; shift; }
wanted=${DPO4J_CHECK_PARTS:-$wanted}
[ -n "${1:-}" ] || { echo "check.sh [--quick] BUNDLE_DIR [OUT_DIR]" >&2; exit 2; }
bundle=$1
out=${2:-/tmp/gpu-check}
work=${DPO4J_CHECK_WORK:-/tmp/dpo4j-check}
device=${DPO4J_CHECK_DEVICE:-cuda}
shm=${DPO4J_CHECK_SHM:-/dev/shm/dpo4j-check}
shape=${DPO4J_CHECK_SHAPE:-qwen2.5-0.5b}
large=${DPO4J_CHECK_LARGE:-llama-7b}
small=${DPO4J_CHECK_SMALL:-smollm2-135m}
rows_wanted=${DPO4J_CHECK_ROWS:-160}
fewer_rows=$((rows_wanted / 2))
few_rows=$((rows_wanted / 4))
new_tokens=${DPO4J_CHECK_NEW_TOKENS:-256}
patience=${DPO4J_CHECK_PATIENCE:-1}
peer=${DPO4J_CHECK_PEER:-1}
for script in device-tests.txt collect.py figures.py generate_gpu.py make_model.py trl_gpu.py; do
  [ -f "$here/$script" ] || { echo "$here/$script is missing: it belongs beside check.sh" >&2; exit 2; }
done
for part in jre.tar.xz bundle.tar.xz; do
  [ -f "$bundle/$part" ] || { echo "$bundle/$part is missing: bundle.sh makes it" >&2; exit 2; }
done
logs="$work/logs"
mkdir -p "$out" "$logs" "$shm"
# All that is printed stays, too, where the script is cut off.
exec > >(trap '' INT TERM; exec tee "$out/check.txt") 2>&1 3>&1
begin=$(date +%s)
left() { echo $((${DPO4J_CHECK_SECONDS:-420} - ($(date +%s) - begin))); }
# What was done so far is in one file, also when the script is cut off.
stamp() {
  printf '== %4d s  %s\n' "$(($(date +%s) - begin))" "$*" >&3
  python3 "$here/collect.py" "$logs" "$out/check.json"
}
running=
trap '[ -z "$running" ] || kill "$running"; stamp "cut off"; exit 143' INT TERM
# Runs a command with a limit in seconds, which a slow machine multiplies. The shell waits for it in
# a way that a signal ends.
within() {
  local limit=$1 code; shift
  timeout --foreground "$((limit * patience))" "$@" &
  running=$!
  wait "$running"; code=$?
  running=
  return "$code"
}
time_for() { # SECONDS NAME
  [ "$(left)" -gt "$1" ] || { stamp "$2: no time left"; return 1; }
}

for part in $wanted; do
  case $part in
    golden|profile|qwen|answers|7b|qlora|qwen-more|optimizers|smol|again) ;;
    *) stamp "there is no part $part: see README.md"; exit 2 ;;
  esac
done
stamp unpack
tar -C "$work" -xJf "$bundle/jre.tar.xz" &
unpack_jre=$!
tar -C "$work" -xJf "$bundle/bundle.tar.xz"
wait $unpack_jre
for golden in "$bundle"/golden.tar.xz "$bundle"/families.tar.xz; do
  [ ! -f "$golden" ] || tar -C "$work/bundle/shared/golden" -xJf "$golden"
done
# Of golden files that did not come along, the tests are skipped.
export DPO4J_SHARED_PARTIAL=1
java="$work/jre/bin/java"
tokens="$work/bundle/tokenizers"
# All models are made while the golden tests run, so that none is made while something is timed.
models=
for part in $wanted; do
  case $part in
    profile|qwen|answers|qwen-more|optimizers|again) models="$models $shape" ;;
    7b|qlora) models="$models $large" ;;
    smol) models="$models $small" ;;
  esac
done
make_models() {
  for model in $(printf '%s\n' $models | awk '!seen[$0]++'); do
    python3 "$here/make_model.py" "$model" "$shm/$model" "$tokens/smollm2-135m-instruct" > "$logs/make-$model.log" 2>&1
  done
}
make_models &
maker=$!
models_ready() {
  [ -n "$maker" ] || return 0
  wait "$maker"
  maker=
  tail -qn 1 "$logs"/make-*.log
  stamp "models are made"
}
# What that Python lacks of the peer's packages; a wheel for another Python stops no other.
if [ "$peer" = 1 ]; then
  for wheel in "$bundle"/wheels/*.whl; do
    package=$(basename "${wheel%%-*}")
    python3 -c "import importlib.util as u, sys; sys.exit(u.find_spec('$package') is None)" && continue
    python3 -m pip install -q --upgrade --no-index --no-deps --no-compile --target "$work/site" "$wheel" 2>&1 | tail -n 2
  done
  export PYTHONPATH="$work/site${PYTHONPATH:+:$PYTHONPATH}"
fi
export DPO4J_SHARED="$work/bundle/shared" XDG_CACHE_HOME="$work/cache" HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
rows="$DPO4J_SHARED/data/dpo-en.jsonl"
nvidia-smi --query-gpu=name,driver_version,memory.total,memory.used --format=csv,noheader 2>&1
classes="$work/bundle/lib/*:$work/bundle/tests/*"
opts="-Dai.djl.offline=true -Xmx8g"

tests() { # SECONDS CLASS
  local limit=$1 name=${2##*.}
  within "$limit" "$java" $opts -Ddpo4j.test.device="$device" -cp "$classes" \
    org.junit.platform.console.ConsoleLauncher execute --details=testfeed --disable-banner --disable-ansi-colors -c "$2" \
    > "$logs/$name.log" 2>&1
  stamp "$name: exit $?, $(grep -oE '[0-9]+ tests (successful|failed|aborted)' "$logs/$name.log" | tr '\n' ' ')"
  grep -A8 "=> " "$logs/$name.log" | grep -v "^ *org.junit\|^ *java.base" | cut -c1-300 | head -30
}
ours() { # NAME SECONDS ARGS...
  local name=$1 limit=$2; shift 2
  time_for 15 "$name" || return
  within "$limit" "$java" $opts -cp "$classes" dev.dpo4j.cli.Main bench --device "$device" --data "$rows" \
    --max_length 1024 --bf16 1 "$@" > "$logs/ours-$name.json" 2> "$logs/ours-$name.log" || tail -8 "$logs/ours-$name.log"
  python3 "$here/figures.py" "$name" "$logs/ours-$name.json"
  stamp "ours $name"
}
theirs() { # NAME SECONDS ARGS...
  local name=$1 limit=$2; shift 2
  [ "$peer" = 1 ] || return
  time_for 25 "$name" || return
  within "$limit" python3 "$here/trl_gpu.py" --data "$rows" "$@" \
    > "$logs/trl-$name.json" 2> "$logs/trl-$name.log" || tail -4 "$logs/trl-$name.log"
  python3 "$here/figures.py" "$name" "$logs/trl-$name.json"
  stamp "trl $name"
}
our_answers() { # NAME SECONDS MODEL ARGS...
  local name=$1 limit=$2 model=$3; shift 3
  time_for 15 "$name" || return
  rm -f "$work/answers.jsonl"
  within "$limit" "$java" $opts -cp "$classes" dev.dpo4j.cli.Main generate --device "$device" --model_name_or_path "$model" \
    --prompts "$work/prompts.jsonl" --output "$work/answers.jsonl" --batch_size 64 --max_new_tokens "$new_tokens" \
    --ignore_eos true --json "$@" > "$logs/ours-$name.json" 2> "$logs/ours-$name.log" || tail -8 "$logs/ours-$name.log"
  tail -n 1 "$logs/ours-$name.json"
  stamp "ours $name"
}
their_answers() { # NAME SECONDS MODEL
  local name=$1 limit=$2 model=$3
  [ "$peer" = 1 ] || return
  time_for 25 "$name" || return
  within "$limit" python3 "$here/generate_gpu.py" answer "$model" "$work/prompts.jsonl" 64 "$new_tokens" \
    > "$logs/transformers-$name.json" 2> "$logs/transformers-$name.log" || tail -4 "$logs/transformers-$name.log"
  tail -n 1 "$logs/transformers-$name.json"
  stamp "transformers $name"
}

q="$shm/$shape"
b="$shm/$large"
s="$shm/$small"
# The tests of device-tests.txt, as far as what they need came along.
part_golden() {
  [ "$device" = cuda ] && tests 60 dev.dpo4j.tensor.cuda.card.CudaCardTest
  while read -r class seconds needs; do
    case $class in ''|'#'*|not) continue ;; esac
    case " ${DPO4J_CHECK_TESTS:-$class} " in *" $class "*) ;; *) continue ;; esac
    case $needs in *peer*) case $class in GenerateParityTest) ;; *) continue ;; esac ;; esac
    time_for 15 "$class" || return
    tests "$seconds" "dev.dpo4j.parity.$class"
  done < "$here/device-tests.txt"
}
# Where the time of a step goes.
part_profile() {
  within 40 "$java" $opts -cp "$classes" dev.dpo4j.parity.CardBench "$device" "$q" ${DPO4J_CHECK_PROFILE:-8 512 8} > "$logs/profile.log" 2>&1
  grep -v "INFO\|DEBUG" "$logs/profile.log" | tail -n 25
  stamp profile
}
part_qwen() {
  ours qwen 60 --model "$q" --n "$rows_wanted" --bs 8
  theirs qwen-online 60 --model "$q" --n "$rows_wanted" --bs 8
  theirs qwen-liger 60 --model "$q" --n "$rows_wanted" --bs 8 --liger 1
}
part_qwen_more() {
  ours qwen-checkpointing 40 --model "$q" --n "$fewer_rows" --bs 8 --gc 1
  ours qwen-offload 40 --model "$q" --n "$fewer_rows" --bs 8 --offload_optimizer true --activation_offloading true
  theirs qwen-precomputed 60 --model "$q" --n "$rows_wanted" --bs 8 --precompute 1
  theirs qwen-checkpointing 60 --model "$q" --n "$fewer_rows" --bs 8 --gc 1
  theirs qwen-pure-bf16 50 --model "$q" --n "$fewer_rows" --bs 8 --dtype bfloat16
}
# Answers to 128 prompts, 64 at a time, 256 tokens each.
part_answers() {
  our_answers answers 60 "$q"
  their_answers answers 90 "$q"
}
part_7b() {
  ours 7b-lora 70 --model "$b" --n "$few_rows" --bs 4 --dtype bfloat16 --lora 16
  theirs 7b-lora 100 --model "$b" --n "$few_rows" --bs 4 --dtype bfloat16 --lora 16
  theirs 7b-lora-liger 100 --model "$b" --n "$few_rows" --bs 4 --dtype bfloat16 --lora 16 --liger 1
}
part_qlora() {
  ours 7b-qlora 100 --model "$b" --n "$few_rows" --bs 4 --dtype bfloat16 --lora 16 --load_in_4bit true
}
part_optimizers() {
  for optimizer in adamw_8bit adafactor lion; do
    ours "$optimizer" 40 --model "$q" --n "$fewer_rows" --bs 8 --optim "$optimizer"
  done
}
part_smol() {
  ours smol 40 --model "$s" --n "$rows_wanted" --bs 8
  theirs smol-online 60 --model "$s" --n "$rows_wanted" --bs 8
}
# The first run once more: how far the machine drifts.
part_again() {
  ours qwen-again 40 --model "$q" --n "$rows_wanted" --bs 8
}
python3 "$here/generate_gpu.py" prompts "$rows" "${DPO4J_CHECK_PROMPTS:-128}" "$work/prompts.jsonl"
for part in $wanted; do
  [ "$part" = golden ] || models_ready
  "part_${part//-/_}"
done
rm -rf "$b"
stamp done
