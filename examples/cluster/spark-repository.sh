#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes a folder from which spark-submit --packages takes dpo4j-spark and its natives, for clusters that take jars from a
# repository only. Build the jars first: mvn -q -Dquick -Pspark -DskipTests -pl dpo4j-spark -am package
#
#   examples/cluster/spark-repository.sh /shared/repository
#   spark-submit --repositories file:///shared/repository --packages dev.dpo4j.spark:dpo4j-spark-assembly:1 \
#     --class dev.dpo4j.spark.SparkMain spark-internal dpo --config dpo.yaml
#
# A second argument is the version, in place of 1. Spark keeps what it has fetched, so give each build a version of its own.
set -euo pipefail

repository=$1 version=${2:-1}
jars="$(cd "$(dirname "$0")/../.." && pwd)/dpo4j-spark/target"

# Puts a jar into the repository; what is read names the jars that it needs.
publish() {
  local folder="$repository/dev/dpo4j/spark/$1/$version" name
  mkdir -p "$folder"
  cp "$2" "$folder/$1-$version.jar"
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    echo "<groupId>dev.dpo4j.spark</groupId><artifactId>$1</artifactId><version>$version</version><dependencies>"
    while read -r name; do
      echo "<dependency><groupId>dev.dpo4j.spark</groupId><artifactId>$name</artifactId><version>$version</version></dependency>"
    done
    echo '</dependencies></project>'
  } > "$folder/$1-$version.pom"
}

for native in "$jars"/natives/*.jar; do
  artifact=$(basename "$native" .jar)
  publish "$artifact" "$native" < /dev/null
  echo "$artifact"
done | publish dpo4j-spark-assembly "$jars/dpo4j-spark-assembly.jar"
