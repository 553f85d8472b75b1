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
mkdir -p "$out" "$work" "$shm"
begin=$(date +%s)
stamp() { printf '== %4d s  %s\n' "$(($(date +%s) - begin))" "$*"; }

stamp unpack
tar -C "$work" -xJf "$bundle/jre.tar.xz" &
tar -C "$work" -xJf "$bundle/bundle.tar.xz" &
python3 "$here/make_model.py" qwen2.5-0.5b "$shm/qwen2.5-0.5b" > "$out/make-qwen.log" 2>&1 &
maker=$!
wait %1 %2
java="$work/jre/bin/java"
export DPO4J_SHARED="$work/bundle/shared" XDG_CACHE_HOME="$work/cache"
nvidia-smi --query-gpu=name,driver_version,memory.total,memory.used --format=csv,noheader 2>&1
classes="$work/bundle/lib/*:$work/bundle/tests/*"
opts="-Dai.djl.offline=true -Xmx8g"

bench() { # SECONDS ARGS...
  local limit=$1; shift
  timeout "$limit" "$java" $opts -cp "$classes" dev.dpo4j.parity.CardBench "$@" 2>&1 | grep -v "INFO\|DEBUG" | tail -25
}
tests() { # NAME SECONDS CLASS...
  local name=$1 limit=$2; shift 2
  local selected=()
  for class in "$@"; do selected+=(-c "$class"); done
  timeout "$limit" "$java" $opts -Ddpo4j.test.device="$device" -cp "$classes" \
    org.junit.platform.console.ConsoleLauncher execute --details=tree --disable-banner --disable-ansi-colors "${selected[@]}" \
    > "$out/$name.log" 2>&1
  stamp "$name: exit $?"
  grep -E "tests (successful|failed)" "$out/$name.log"
  grep -A8 "=> " "$out/$name.log" | grep -v "^ *org.junit\|^ *java.base" | cut -c1-300 | head -${LINES_SHOWN:-30}
}
stamp "first tensors"
bench 60 "$device" "$DPO4J_SHARED/golden/models/llama3" 2 12 2
stamp "golden models"
tests model 60 dev.dpo4j.parity.ModelParityTest
wait $maker; tail -1 "$out/make-qwen.log"
stamp "speed"
[ -d "$shm/qwen2.5-0.5b" ] && bench 60 "$device" "$shm/qwen2.5-0.5b" 8 512 8
tests generate 60 dev.dpo4j.parity.GenerateParityTest
tests trl 60 dev.dpo4j.parity.TrlParityTest
stamp done
