#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packs what check.sh needs on a machine with a card but without Java and network: bundle.sh [DIR]
# Default DIR: .gpu in the repository. DPO4J_SHARED names the folder of golden files.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$root/.gpu}
shared=${DPO4J_SHARED:-$root/../shared}
models=${DPO4J_MODELS:-$HOME/.cache/dpo4j-models}
maven="mvn -B -q ${DPO4J_MAVEN_OPTIONS:-}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work/bundle/lib" "$work/bundle/tests"

say() { printf '== %s\n' "$*" >&2; }

if [ ! -f "$out/jre.tar.xz" ]; then
  say "a Java runtime of the modules in use"
  jlink --add-modules java.base,java.logging,java.xml,java.naming,java.net.http,java.sql,java.management,jdk.unsupported,jdk.management,java.desktop,jdk.crypto.ec,jdk.zipfs \
    --strip-java-debug-attributes --no-header-files --no-man-pages --compress=0 --output "$work/jre" 2>/dev/null
  find "$work/jre/lib" -name '*.so' -exec strip --strip-unneeded {} + 2>/dev/null || true
  tar -C "$work" -c jre | xz -T2 -6 > "$out/jre.tar.xz"
fi

say "jars and test classes"
(cd "$root" && $maven -Dquick -DskipTests package)
(cd "$root" && $maven -Dquick -pl dpo4j-parity -am test-compile org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$work/classpath-parity.txt" -DincludeScope=test >/dev/null 2>&1) || true
(cd "$root" && cat dpo4j-cli/target/classpath.txt) > "$work/classpath.txt"
tr ':' '\n' < "$work/classpath.txt" > "$work/jars.txt"
[ ! -f "$work/classpath-parity.txt" ] || tr ':' '\n' < "$work/classpath-parity.txt" >> "$work/jars.txt"
sort -u "$work/jars.txt" | grep '\.jar$' | while read -r jar; do
  case $(basename "$jar") in
    *linux-x86_64*|*macosx*|*windows*|mkl-*|openblas-*|pytorch-*-linux*|pytorch-platform*|duckdb*|selenium*|javalin*|jetty*|kotlin*|archunit*|commonmark*|zstd-jni*|arrow*) ;;
    # Clients of the server and the studio's needs: no test here takes them.
    openai-java*|langchain4j*|jtokkit*|spring-*|reactor*|reactive-streams*|micrometer*|okhttp*|okio*|jsonschema*|swagger*|jackson-module-*|jackson-datatype-*|HdrHistogram*|LatencyUtils*|antlr*|ST4*|uplot*|jakarta.servlet*|validation-api*|context-propagation*|classmate*) ;;
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
  zip -q -d "$jar" 'native/lib/osx*' 'native/lib/win*' 'native/lib/linux-aarch64*' 'native/lib/linux-x86_64/cu*' || true
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
mkdir -p "$work/golden" "$work/bundle/shared/golden" "$work/bundle/shared/data"
cp "$shared/data/dpo-en.jsonl" "$work/bundle/shared/data/"
model=smollm2-135m-instruct
mkdir -p "$work/bundle/tokenizers/$model"
(cd "$models/$model" && cp $(ls | grep -v safetensors) "$work/bundle/tokenizers/$model/")
if [ ! -d "$out/wheels" ]; then
  say "the peer's packages"
  python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
    --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform any -d "$out/wheels" \
    trl==1.16.0 datasets==5.2.0 dill multiprocess liger-kernel || say "not to be had: the peer will not run"
fi
cp "$root"/dpo4j-parity/gpu/{check.sh,device-tests.txt,*.py} "$out/"
(cd "$work" && tar -c bundle | xz -T2 -6 > "$out/bundle.tar.xz")
# Golden files lie apart, so that a card to which little may travel can take them in turn.
[ -f "$out/golden.tar.xz" ] || tar -C "$shared/golden" -c models trl reward rl quantised | xz -T2 -6 > "$out/golden.tar.xz"
[ -f "$out/families.tar.xz" ] || (cd "$shared/golden" && tar -c trl $(printf 'families/%s ' ${DPO4J_CHECK_FAMILIES:-$(ls families)})) | xz -T2 -6 > "$out/families.tar.xz"
du -sh "$out"/* >&2
