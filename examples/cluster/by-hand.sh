#!/bin/sh
# Starts a run of two processes without a launcher, by the variables that torchrun sets.
# On two machines, start one of the two commands on each, with the first machine's address.
#
#   examples/cluster/by-hand.sh dpo --model_name_or_path MODEL --dataset_name DATA --output_dir OUT
set -eu

export WORLD_SIZE=2 MASTER_ADDR="${MASTER_ADDR:-127.0.0.1}" MASTER_PORT="${MASTER_PORT:-29500}"
export LOCAL_WORLD_SIZE=2 DPO4J_THREADS="${DPO4J_THREADS:-1}"
# All processes of the run, and nobody else, must have the same secret.
DPO4J_SECRET="${DPO4J_SECRET:-$(od -An -tx1 -N32 /dev/urandom | tr -d ' \n')}"
export DPO4J_SECRET

RANK=0 LOCAL_RANK=0 ./dpo4j "$@" &
first=$!
RANK=1 LOCAL_RANK=1 ./dpo4j "$@" &
second=$!
status=0
wait "$first" || status=$?
wait "$second" || status=$?
exit "$status"
