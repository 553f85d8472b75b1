/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.model.family.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreshModelTest {
  private static final List<String> TEXTS = List.of("a lantern, a lantern", "灯笼，灯笼");

  @Test
  void theConfigDescribesASmallQwen2(@TempDir Path folder) throws IOException {
    FreshModel.write(folder, TEXTS, 1);

    ModelConfig config = ModelConfig.read(folder);
    assertThat(config.architecture()).isEqualTo(Architecture.QWEN2);
    assertThat(config.qkvBias()).isTrue();
    assertThat(config.vocabSize()).isGreaterThan(258);
    assertThat(config.eosTokenIds()).containsExactly(config.vocabSize() - 1);
  }

  @Test
  void theSameSeedWritesTheSameBytes(@TempDir Path folder) throws IOException {
    FreshModel.write(folder.resolve("a"), TEXTS, 1);
    FreshModel.write(folder.resolve("b"), TEXTS, 1);
    FreshModel.write(folder.resolve("c"), TEXTS, 2);

    byte[] weights = Files.readAllBytes(folder.resolve("a/model.safetensors"));
    assertThat(folder.resolve("b/model.safetensors")).hasBinaryContent(weights);
    assertThat(Files.readAllBytes(folder.resolve("c/model.safetensors"))).isNotEqualTo(weights);
  }
}
