#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains on the executors of a Spark cluster, one rank in each. MODEL, DATA and OUT must be paths that the driver and all
# executors see. Build the jars first: mvn -q -Dquick -Pspark -DskipTests -pl dpo4j-spark -am package
#
#   SPARK_HOME=/opt/spark MASTER=spark://head:7077 RANKS=4 CORES=8 examples/cluster/spark-submit.sh MODEL DATA OUT
set -euo pipefail

model=$1 data=$2 out=$3
jars="$(cd "$(dirname "$0")/../.." && pwd)/dpo4j-spark/target"

exec "$SPARK_HOME/bin/spark-submit" \
  --master "${MASTER:-local-cluster[2,1,4096]}" \
  --conf spark.executor.instances="${RANKS:-2}" \
  --conf spark.executor.cores="${CORES:-1}" \
  --conf spark.task.cpus="${CORES:-1}" \
  --conf spark.executor.memory="${HEAP:-2g}" \
  --jars "$jars/natives/*" \
  --class dev.dpo4j.spark.SparkMain "$jars/dpo4j-spark-assembly.jar" \
  dpo --model_name_or_path "$model" --dataset_name "$data" --output_dir "$out" --save_steps 100 --spark_ranks "${RANKS:-2}"
