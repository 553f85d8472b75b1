#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks a card: golden tests on it, then speed. Needs bundle.sh's folder, a driver and a Python
# with torch; no Java, no network.   check.sh [--quick] BUNDLE_DIR [OUT_DIR]
# README.md names the parts and the variables.
set -u
here=$(cd "$(dirname "$0")" && pwd)
all="golden profile qwen answers 7b qlora qwen-more optimizers smol again"
wanted="golden profile qwen answers 7b qwen-more smol again"
seconds=420
peer=${DPO4J_CHECK_PEER:-1}
# What is unpacked, and what runs write beside it.
needed_mib=500
# What golden tests leave of the time for the parts after them.
spare=0
[ "${1:-}" = --quick ] && { wanted="golden profile qwen"; seconds=180; spare=45; peer=0; shift; }
wanted=${DPO4J_CHECK_PARTS:-$wanted}
seconds=${DPO4J_CHECK_SECONDS:-$seconds}
device=${DPO4J_CHECK_DEVICE:-cuda}
shape=${DPO4J_CHECK_SHAPE:-qwen2.5-0.5b}
large=${DPO4J_CHECK_LARGE:-llama-7b}
small=${DPO4J_CHECK_SMALL:-smollm2-135m}
rows_wanted=${DPO4J_CHECK_ROWS:-160}
fewer_rows=$((rows_wanted > 2 ? rows_wanted / 2 : 1))
few_rows=$((rows_wanted > 4 ? rows_wanted / 4 : 1))
new_tokens=${DPO4J_CHECK_NEW_TOKENS:-256}
patience=${DPO4J_CHECK_PATIENCE:-1}
cores=$(getconf _NPROCESSORS_ONLN)
jobs=${DPO4J_CHECK_JOBS:-$((cores >= 16 ? 4 : cores >= 8 ? 2 : 1))}
list="$here/device-tests.txt"

# What is wrong with the call, before anything is written.
refuse() { printf '%s\n' "$*" >&2; exit 2; }
[ -n "${1:-}" ] || refuse "check.sh [--quick] BUNDLE_DIR [OUT_DIR]"
for script in device-tests.txt collect.py figures.py generate_gpu.py machine.py make_model.py trl_gpu.py; do
  [ -f "$here/$script" ] || refuse "$here/$script is missing: it belongs beside check.sh"
done
for file in jre.tar.xz bundle.tar.xz; do
  [ -f "$1/$file" ] || refuse "$1/$file is missing: bundle.sh makes it"
done
for part in $wanted; do
  case " $all " in *" $part "*) ;; *) refuse "there is no part '$part': DPO4J_CHECK_PARTS takes $all" ;; esac
done
for class in ${DPO4J_CHECK_TESTS:-}; do
  grep -q "^$class " "$list" || refuse "there is no test '$class': DPO4J_CHECK_TESTS takes $(sed -n '/^#/d;/^not /d;s/ .*//p' "$list" | tr '\n' ' ')"
done
command -v python3 > /dev/null || refuse "there is no python3 on the PATH: the check needs one that has torch"
folder() { # PATH VARIABLE
  { mkdir -p "$1" && [ -w "$1" ]; } 2> /dev/null || refuse "$1 cannot be written by $(id -un): name another folder as $2"
  (cd "$1" && pwd)
}
bundle=$(cd "$1" && pwd)
out=$(folder "${2:-/tmp/gpu-check}" "the second argument") || exit 2
work=$(folder "${DPO4J_CHECK_WORK:-/tmp/dpo4j-check-$(id -u)}" DPO4J_CHECK_WORK) || exit 2
shm=${DPO4J_CHECK_SHM:-/dev/shm/dpo4j-check-$(id -u)}
exec 9> "$work/lock"
flock -n 9 || refuse "another check, or a program that it left, still uses $work: wait for its end, or name another folder in DPO4J_CHECK_WORK"
# What an earlier check wrote stays.
if [ -e "$out/check.json" ] || [ -e "$out/check.txt" ]; then
  number=1
  while [ -e "$out/check-$number.json" ] || [ -e "$out/check-$number.txt" ]; do number=$((number + 1)); done
  for end in json txt; do
    [ ! -e "$out/check.$end" ] || mv "$out/check.$end" "$out/check-$number.$end"
  done
fi
logs="$work/logs"
rm -rf "$logs" "$work/tmp"
mkdir -p "$logs" "$work/tmp" "$work/models"

# All that is printed stays, too, where the script is cut off. The third descriptor reaches it from a
# command whose own output goes to a file.
exec > >(trap '' INT TERM HUP; exec tee "$out/check.txt" 9>&-) 2>&1 3>&1
printer=$!
begin=$(date +%s)
left() { echo $((seconds - ($(date +%s) - begin))); }
# What was done so far is in one file, also when the script is cut off.
stamp() {
  printf '== %4d s  %s\n' "$(($(date +%s) - begin))" "$*" >&3
  python3 "$here/collect.py" "$logs" "$out/check.json" >&3
}
running=
beside=
finish() { # CODE
  local model
  for model in "$work"/models/*; do
    [ "${DPO4J_CHECK_KEEP:-0}" = 1 ] || rm -rf "$(readlink -f "$model")" "$model"
  done
  rmdir "$shm" 2> /dev/null
  exec > /dev/null 2>&1 3>&1
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$printer" || break; sleep 0.1; done
  exit "$1"
}
cut_off() {
  trap '' INT TERM HUP
  local process
  for process in $running $beside; do kill "$process" 2> /dev/null; done
  stamp "cut off"
  finish 143
}
trap cut_off INT TERM HUP
# Runs a command with a limit in seconds, which a slow machine multiplies and the end of the check
# shortens. The shell waits for it in a way that a signal ends.
within() { # NAME SECONDS COMMAND...
  local name=$1 limit=$(($2 * patience)) rest start code; shift 2
  rest=$(left)
  [ "$rest" -gt "$limit" ] || limit=$rest
  [ "$limit" -gt 0 ] || limit=1
  start=$(date +%s)
  timeout -k 5 "$limit" "$@" &
  running=$!
  wait "$running"; code=$?
  running=
  echo "$code $(($(date +%s) - start)) $limit" > "$logs/$name.end"
  case $code in 124|137) echo "   $name: ended after its $limit s" >&3 ;; esac
  return "$code"
}
time_for() { # SECONDS NAME
  [ "$(left)" -gt "$1" ] || { stamp "$2: left out, no time for it"; return 1; }
}

export XDG_CACHE_HOME="$work/cache" HF_HOME="$work/cache/huggingface" TRITON_CACHE_DIR="$work/cache/triton" \
  DJL_CACHE_DIR="$work/cache/djl" TMPDIR="$work/tmp" HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
# Of golden files that did not come along, the tests are skipped.
export DPO4J_SHARED="$work/bundle/shared" DPO4J_SHARED_PARTIAL=1
java="$work/jre/bin/java"
tokens="$work/bundle/tokenizers/smollm2-135m-instruct"
rows="$DPO4J_SHARED/data/dpo-en.jsonl"
classes="$work/bundle/lib/*:$work/bundle/tests/*"
opts=(-Dai.djl.offline=true -Xmx8g "-Djava.io.tmpdir=$work/tmp")
q="$work/models/$shape"
b="$work/models/$large"
s="$work/models/$small"

stamp unpack
unpack() { # FILE FOLDER
  [ -f "$1" ] || return 0
  if command -v xz > /dev/null; then
    tar -C "$2" -xJf "$1"
  else
    python3 -c "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])" "$1" "$2"
  fi
}
# A machine that was lent for another check still has all that.
packed=$(cd "$bundle" && cksum *.tar.xz)
if [ "$packed" != "$(cat "$work/packed" 2> /dev/null)" ]; then
  rm -rf "$work/jre" "$work/bundle" "$work/peer" "$work/packed"
  free=$(df -Pm "$work" | awk 'END { print $4 }')
  [ "$free" -ge "$needed_mib" ] || {
    stamp "$work has $free MiB free, $needed_mib are needed: name another folder as DPO4J_CHECK_WORK"
    finish 2
  }
  mkdir -p "$work/bundle/shared/golden"
  unpacking=
  for file in jre bundle peer golden families; do
    into="$work"
    case $file in golden|families) into="$work/bundle/shared/golden" ;; esac
    unpack "$bundle/$file.tar.xz" "$into" 2> "$logs/unpack-$file.log" &
    unpacking="$unpacking $file:$!"
  done
  damaged=
  for file in $unpacking; do wait "${file#*:}" || damaged="$damaged ${file%:*}.tar.xz"; done
  if [ -z "$damaged" ]; then
    echo "$packed" > "$work/packed"
  else
    head -qn 2 "$logs"/unpack-*.log
    stamp "could not be unpacked:$damaged. Copy the bundle once more. What needs it is left out"
  fi
fi
can_run=1
"$java" -version 2>&1 | tee "$logs/java.log" | grep -q version || {
  can_run=0
  stamp "our side is left out: $java does not start: $(tail -n 1 "$logs/java.log") (it needs a glibc like that of the machine that packed it, here is $(getconf GNU_LIBC_VERSION), and a folder whose programs may run: DPO4J_CHECK_WORK)"
}
# Card and versions. It takes the card for itself, so that it can say what that reaches.
within machine 60 python3 "$here/machine.py" "$device" "$work/peer" "$logs" 2> "$logs/machine.log"
cat "$logs/machine.txt" 2> /dev/null || tail -n 3 "$logs/machine.log"
PYTHONPATH="$(cat "$logs/peer-path" 2> /dev/null)${PYTHONPATH:+:$PYTHONPATH}"
[ -z "$PYTHONPATH" ] || export PYTHONPATH

# All models are made while the golden tests run, so that none is made while something is timed.
models=
for part in $wanted; do
  case $part in
    profile|qwen|answers|qwen-more|optimizers|again) models="$models $shape" ;;
    7b|qlora) models="$models $large" ;;
    smol) models="$models $small" ;;
  esac
done
models=$(printf '%s\n' $models | awk '!seen[$0]++')
maker=
if [ -n "$models" ]; then
  timeout -k 5 $((180 * patience)) python3 "$here/make_model.py" "$tokens" "$work/models" "$shm" $models \
    > "$logs/models.txt" 2> "$logs/models.log" &
  maker=$!
fi
# Reading TRL's modules for the first time takes seconds, so that its first run would be the slower one.
importer=
if [ "$peer" = 1 ]; then
  timeout -k 5 $((120 * patience)) python3 "$here/trl_gpu.py" --help > "$logs/trl.txt" 2> "$logs/trl.log" &
  importer=$!
fi
beside="$maker $importer"
models_ready() {
  [ -n "$maker$importer" ] || return 0
  if [ -n "$importer" ] && ! wait "$importer"; then
    peer_trains=0
    stamp "TRL's side is left out: $(tail -n 1 "$logs/trl.log")"
  fi
  if [ -n "$maker" ]; then
    local made="models are made"
    wait "$maker" || { made="not all models could be made"; tail -n 1 "$logs/models.log"; }
    cat "$logs/models.txt"
    stamp "$made"
  fi
  maker= importer=
}
peer_trains=$peer

golden_test() { # CLASS SECONDS
  local name=${1##*.} code
  trap '[ -z "$running" ] || kill "$running"; exit 143' TERM
  cd "$work/bundle" || return
  within "$name" "$2" "$java" "${opts[@]}" -Ddpo4j.test.device="$device" -cp "$classes" \
    org.junit.platform.console.ConsoleLauncher execute --details=testfeed --disable-banner --disable-ansi-colors -c "$1" \
    > "$logs/$name.log" 2>&1
  code=$?
  stamp "$name: exit $code, $(grep -oE '[0-9]+ tests (successful|failed|aborted)' "$logs/$name.log" | tr '\n' ' ')"
  [ "$code" = 0 ] || grep -A1 ":: FAILED" "$logs/$name.log" | grep -v "^--" | cut -c1-400 | head -n 30 | sed "s/^/   /" >&3
}
ours() { # NAME SECONDS ARGS...
  local name=$1 limit=$2; shift 2
  [ "$can_run" = 1 ] && time_for 15 "ours $name" || return
  within "ours-$name" "$limit" "$java" "${opts[@]}" -cp "$classes" dev.dpo4j.cli.Main bench --device "$device" --data "$rows" \
    --max_length 1024 --bf16 1 "$@" > "$logs/ours-$name.json" 2> "$logs/ours-$name.log" || tail -n 8 "$logs/ours-$name.log"
  python3 "$here/figures.py" "ours $name" "$logs/ours-$name.json"
  stamp "ours $name"
}
theirs() { # NAME SECONDS ARGS...
  local name=$1 limit=$2; shift 2
  [ "$peer_trains" = 1 ] && time_for 25 "trl $name" || return
  within "trl-$name" "$limit" python3 "$here/trl_gpu.py" --data "$rows" "$@" \
    > "$logs/trl-$name.json" 2> "$logs/trl-$name.log" || tail -n 4 "$logs/trl-$name.log"
  python3 "$here/figures.py" "trl $name" "$logs/trl-$name.json"
  stamp "trl $name"
}
our_answers() { # NAME SECONDS MODEL ARGS...
  local name=$1 limit=$2 model=$3; shift 3
  [ "$can_run" = 1 ] && time_for 15 "ours $name" || return
  rm -f "$work/answers.jsonl"
  within "ours-$name" "$limit" "$java" "${opts[@]}" -cp "$classes" dev.dpo4j.cli.Main generate --device "$device" --model_name_or_path "$model" \
    --prompts "$work/prompts.jsonl" --output "$work/answers.jsonl" --batch_size 64 --max_new_tokens "$new_tokens" \
    --ignore_eos true --json "$@" > "$logs/ours-$name.json" 2> "$logs/ours-$name.log" || tail -n 8 "$logs/ours-$name.log"
  tail -n 1 "$logs/ours-$name.json"
  stamp "ours $name"
}
their_answers() { # NAME SECONDS MODEL
  local name=$1 limit=$2 model=$3
  [ "$peer" = 1 ] && time_for 25 "transformers $name" || return
  within "transformers-$name" "$limit" python3 "$here/generate_gpu.py" answer "$model" "$work/prompts.jsonl" 64 "$new_tokens" \
    > "$logs/transformers-$name.json" 2> "$logs/transformers-$name.log" || tail -n 4 "$logs/transformers-$name.log"
  tail -n 1 "$logs/transformers-$name.json"
  stamp "transformers $name"
}

# The tests of device-tests.txt, several at a time. Those that ask the peer run where they are named.
part_golden() {
  [ "$can_run" = 1 ] || return
  local class limit needs tests=
  DPO4J_PEER=$(python3 -c "import sys; print(sys.prefix)")
  export DPO4J_PEER
  # The first fills the cache of kernels for the others.
  if [ "$device" = cuda ]; then
    golden_test dev.dpo4j.tensor.cuda.card.CudaCardTest 60 &
    beside="$beside $!"
    wait $!
  fi
  while read -r class limit needs; do
    case $class in ''|'#'*|not) continue ;; esac
    case " ${DPO4J_CHECK_TESTS:-} " in
      *" $class "*) ;;
      '  ') case "$class $needs" in GenerateParityTest*) ;; *peer*) continue ;; esac ;;
      *) continue ;;
    esac
    while [ "$(alive $tests)" -ge "$jobs" ]; do sleep 0.2 & wait $!; done
    time_for $((15 + spare)) "$class" || continue
    golden_test "dev.dpo4j.parity.$class" "$limit" &
    tests="$tests $!"
    beside="$beside $!"
  done < "$list"
  for test in $tests; do wait "$test"; done
}
alive() { # PROCESSES...
  local process count=0
  for process in "$@"; do kill -0 "$process" 2> /dev/null && count=$((count + 1)); done
  echo "$count"
}
# Where the time of a step goes.
part_profile() {
  [ "$can_run" = 1 ] && time_for 15 profile || return
  within profile 40 "$java" "${opts[@]}" -cp "$classes" dev.dpo4j.parity.CardBench "$device" "$q" ${DPO4J_CHECK_PROFILE:-8 512 8} > "$logs/profile.log" 2>&1
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
model_of() { # PART
  case $1 in golden) ;; 7b|qlora) echo "$b" ;; smol) echo "$s" ;; *) echo "$q" ;; esac
}
python3 "$here/generate_gpu.py" prompts "$rows" "${DPO4J_CHECK_PROMPTS:-128}" "$work/prompts.jsonl"
for part in $wanted; do
  if [ "$part" != golden ]; then
    models_ready
    model=$(model_of "$part")
    [ -f "$model/config.json" ] || { stamp "$part: left out, there is no model ${model##*/}"; continue; }
  fi
  "part_${part//-/_}"
done
python3 "$here/collect.py" "$logs" "$out/check.json" --print
stamp done
finish 0
