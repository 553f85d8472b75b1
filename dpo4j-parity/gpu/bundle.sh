#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packs what check.sh needs on a machine with a card but without Java and network: bundle.sh [DIR]
# Default DIR: .gpu in the repository. DPO4J_SHARED names the folder of golden files, DPO4J_CHECK_FAMILIES
# those of golden/families that travel, or all of them.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$root/.gpu}
shared=${DPO4J_SHARED:-$root/../shared}
models=${DPO4J_MODELS:-$HOME/.cache/dpo4j-models}
families=${DPO4J_CHECK_FAMILIES:-gemma3 phi3 olmo2}
maven="mvn -B -q ${DPO4J_MAVEN_OPTIONS:-}"
# What a machine with a card is lent with often takes no more, the repository counted in.
most_mib=55
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work/bundle/lib" "$work/bundle/tests"

say() { printf '== %s\n' "$*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 2; }
# Packs names of a folder: pack FOLDER FILE NAMES... The large dictionary finds what was stored twice.
pack() {
  local folder=$1 file=$2; shift 2
  tar -C "$folder" -c "$@" | xz -T1 --x86 --lzma2=preset=9e,dict=64MiB > "$file.part"
  mv "$file.part" "$file"
}
[ "$families" != all ] || families=$(ls "$shared/golden/families")
for folder in models trl reward rl quantised $(printf 'families/%s ' $families); do
  [ -d "$shared/golden/$folder" ] || die "$shared/golden/$folder is missing: DPO4J_SHARED names the folder of golden files"
done
model=smollm2-135m-instruct
[ -f "$models/$model/tokenizer.json" ] || die "$models/$model has no tokenizer: DPO4J_MODELS names the folder of models"

if [ ! "$out/jre.tar.xz" -nt "$0" ]; then
  say "a Java runtime of the modules in use"
  jlink --add-modules java.base,java.logging,java.xml,java.naming,java.net.http,java.sql,java.management,jdk.unsupported,jdk.management,jdk.crypto.ec,jdk.zipfs \
    --strip-java-debug-attributes --no-header-files --no-man-pages --compress=0 --output "$work/jre"
  find "$work/jre/lib" -name '*.so' -exec strip --strip-unneeded {} +
  pack "$work" "$out/jre.tar.xz" jre
fi

say "jars and test classes"
(cd "$root" && $maven -Dquick -DskipTests package)
(cd "$root" && $maven -Dquick -pl dpo4j-parity -am test-compile org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$work/classpath-parity.txt" -DincludeScope=test >/dev/null)
tr ':' '\n' < "$root/dpo4j-cli/target/classpath.txt" > "$work/jars.txt"
tr ':' '\n' < "$work/classpath-parity.txt" >> "$work/jars.txt"
sort -u "$work/jars.txt" | grep '\.jar$' | while read -r jar; do
  case $(basename "$jar") in
    *linux-x86_64*|*macosx*|*windows*|mkl-*|openblas-*|pytorch-*-linux*|pytorch-platform*|duckdb*|selenium*|javalin*|jetty*|kotlin*|archunit*|commonmark*|zstd-jni*|arrow*) ;;
    # Clients of the server and the studio's needs: no test here takes them.
    openai-java*|langchain4j*|jtokkit*|spring-*|reactor*|reactive-streams*|micrometer*|okhttp*|okio*|jsonschema*|swagger*|jackson-module-*|jackson-datatype-*|HdrHistogram*|LatencyUtils*|antlr*|ST4*|uplot*|jakarta.servlet*|validation-api*|context-propagation*|classmate*) ;;
    # What those brought along, and what the tokenizers need for downloads alone.
    jackson-core-2*|jackson-databind-2*|commons-compress-*|commons-io-*|commons-codec-*) ;;
    pytorch-*.jar|javacpp-*|byte-buddy-*|dpo4j-*|junit-*|opentest4j-*|apiguardian-*) ;;
    *) cp -n "$jar" "$work/bundle/lib/" ;;
  esac
done
for module in "$root"/dpo4j-*; do
  name=$(basename "$module")
  [ -d "$module/target/classes" ] && (cd "$module/target/classes" && jar -c -f "$work/bundle/lib/$name.jar" .)
  case $name in dpo4j-core|dpo4j-io|dpo4j-data|dpo4j-parity) ;; *) continue ;; esac
  [ -d "$module/target/test-classes" ] && (cd "$module/target/test-classes" && jar -c -f "$work/bundle/tests/$name-tests.jar" .)
done

# Natives of other platforms stay behind.
for jar in "$work"/bundle/lib/tokenizers-*.jar; do
  zip -q -d "$jar" 'native/lib/osx*' 'native/lib/win*' 'native/lib/linux-aarch64*' 'native/lib/linux-x86_64/cu*' 'nlp/*' || true
done
zip -q -d "$work"/bundle/lib/jna-*.jar 'com/sun/jna/aix*' 'com/sun/jna/darwin*' 'com/sun/jna/*bsd*' 'com/sun/jna/dragonfly*' \
  'com/sun/jna/sunos*' 'com/sun/jna/win32-*' 'com/sun/jna/linux-[abl-wy-z]*' 'com/sun/jna/linux-x86/*' || true

say "JUnit's launcher"
junit=$(sed -n 's|.*<junit.version>\(.*\)</junit.version>.*|\1|p' "$root/pom.xml")
(cd "$root" && $maven -N org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact="org.junit.platform:junit-platform-console-standalone:$junit" -DoutputDirectory="$work/bundle/lib")
# xz packs what is stored better than what was packed before.
for jar in "$work"/bundle/lib/*.jar "$work"/bundle/tests/*.jar; do
  rm -rf "$work/jar" && mkdir "$work/jar"
  (cd "$work/jar" && unzip -q -o "$jar" && rm "$jar" && jar -c -0 -M -f "$jar" .)
done

say "golden files, tokenizers, rows"
mkdir -p "$work/bundle/shared/golden" "$work/bundle/shared/data" "$work/bundle/tokenizers/$model" "$work/bundle/src/test"
cp "$shared/data/dpo-en.jsonl" "$work/bundle/shared/data/"
cp -r "$root/dpo4j-parity/src/test/python" "$work/bundle/src/test/"
find "$work/bundle/src" -name __pycache__ -exec rm -rf {} +
find "$models/$model" -maxdepth 1 -type f ! -name '*.safetensors' -exec cp {} "$work/bundle/tokenizers/$model/" \;

# Packages of the peer, each in a folder that has the name of its wheel: the target may have some of them.
if [ ! "$out/peer.tar.xz" -nt "$0" ]; then
  say "the peer's packages"
  if python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
    --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform any -d "$work/wheels" \
    trl==1.16.0 datasets==5.2.0 dill multiprocess liger-kernel; then
    mkdir "$work/peer"
    for wheel in "$work"/wheels/*.whl; do
      unzip -q "$wheel" -d "$work/peer/$(basename "$wheel" .whl)"
    done
    pack "$work" "$out/peer.tar.xz" peer
  else
    say "not to be had: the peer runs only where the target has TRL"
  fi
fi
cp "$root"/dpo4j-parity/gpu/{check.sh,device-tests.txt,*.py} "$out/"
pack "$work" "$out/bundle.tar.xz" bundle
# Golden files lie apart, so that a card to which little may travel can go without them.
pack "$shared/golden" "$out/golden.tar.xz" models trl reward rl quantised
pack "$shared/golden" "$out/families.tar.xz" $(printf 'families/%s ' $families)

ours=$(find "$out" -type f -print0 | xargs -0 cat | wc -c)
repository=$(cd "$root" && git ls-files -z | xargs -0 cat | wc -c)
mib() { awk "BEGIN { printf \"%.1f\", $1 / 1048576 }"; }
du -a --apparent-size -h "$out" >&2
say "$(mib "$ours") MiB, with the repository's files $(mib $((ours + repository))) MiB"
[ $((ours + repository)) -le $((most_mib * 1048576)) ] \
  || say "more than $most_mib MiB: where no more may travel, name fewer families in DPO4J_CHECK_FAMILIES"
