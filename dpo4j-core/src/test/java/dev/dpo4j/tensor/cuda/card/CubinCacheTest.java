/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CubinCacheTest {
  @TempDir Path folder;
  private final List<String> compiled = new ArrayList<>();

  private byte[] compile(String file, String source, String architecture) {
    compiled.add(file + " " + source + " " + architecture);
    return ("\u007fELF" + source + architecture).getBytes(StandardCharsets.ISO_8859_1);
  }

  private CubinCache cache(String version) {
    return new CubinCache(folder.resolve("cubins"), version, this::compile);
  }

  @Test
  void aSourceIsCompiledOnceForEachArchitectureAndVersionOfTheCompiler() throws IOException {
    byte[] first = cache("13.0").binary("a.cu", "x", "sm_90");
    assertThat(cache("13.0").binary("a.cu", "x", "sm_90")).isEqualTo(first);
    assertThat(compiled).containsExactly("a.cu x sm_90");
    cache("13.0").binary("a.cu", "x", "sm_80");
    cache("13.0").binary("a.cu", "y", "sm_90");
    cache("13.1").binary("a.cu", "x", "sm_90");
    assertThat(compiled).hasSize(4);
    try (Stream<Path> files = Files.list(folder.resolve("cubins"))) {
      assertThat(files).hasSize(4).allMatch(file -> file.toString().endsWith(".cubin"));
    }
  }

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("cubins"))) {
      return files.findFirst().orElseThrow();
    }
  }

  @Test
  void aFileThatWasCutOrChangedIsCompiledAgain() throws IOException {
    byte[] first = cache("13.0").binary("a.cu", "x", "sm_90");
    byte[] kept = Files.readAllBytes(onlyFile());
    byte[] changed = kept.clone();
    changed[5] ^= 1;
    List<byte[]> broken =
        List.of(
            new byte[0],
            new byte[] {1, 2},
            Arrays.copyOf(kept, kept.length - 1),
            Arrays.copyOf(kept, first.length),
            Arrays.copyOf(kept, 6),
            changed);
    for (int i = 0; i < broken.size(); i++) {
      Files.write(onlyFile(), broken.get(i));
      assertThat(cache("13.0").binary("a.cu", "x", "sm_90")).isEqualTo(first);
      assertThat(compiled).hasSize(i + 2);
      assertThat(onlyFile()).hasBinaryContent(kept);
    }
  }

  @Test
  void aFolderThatCannotBeWrittenCostsOnlyTime() throws IOException {
    Files.writeString(folder.resolve("cubins"), "in the way");
    assertThat(cache("13.0").binary("a.cu", "x", "sm_90")).isNotEmpty();
    assertThat(cache("13.0").binary("a.cu", "x", "sm_90")).isNotEmpty();
    assertThat(compiled).hasSize(2);
  }
}
