/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  @Test
  void aBrokenFileIsCompiledAgain() throws IOException {
    byte[] first = cache("13.0").binary("a.cu", "x", "sm_90");
    try (Stream<Path> files = Files.list(folder.resolve("cubins"))) {
      Files.write(files.findFirst().orElseThrow(), new byte[] {1, 2});
    }
    assertThat(cache("13.0").binary("a.cu", "x", "sm_90")).isEqualTo(first);
    assertThat(compiled).hasSize(2);
  }

  @Test
  void aFolderThatCannotBeWrittenCostsOnlyTime() throws IOException {
    Files.writeString(folder.resolve("cubins"), "in the way");
    assertThat(cache("13.0").binary("a.cu", "x", "sm_90")).isNotEmpty();
    assertThat(cache("13.0").binary("a.cu", "x", "sm_90")).isNotEmpty();
    assertThat(compiled).hasSize(2);
  }
}
