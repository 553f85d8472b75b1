/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlatTensorsTest {
  @TempDir private Path folder;

  private static ParameterStore store(long rows) {
    ParameterStore store =
        new ParameterStore.Layout().weight("a", rows, 2).undecayed("b", 3).allocate();
    store.values().fill_(1.5);
    return store;
  }

  @Test
  void whatLiesAsTheParametersDoIsCutIntoThemAndComesBack() throws IOException {
    Path file = folder.resolve("optimizer.safetensors");
    try (ParameterStore store = store(2)) {
      store.value("b").fill_(-2);
      float[] before = store.values().toFloats();
      FlatTensors.write(file, FlatTensors.cut("exp_avg.", store.values(), store));
      try (SafetensorsFile written = SafetensorsFile.open(file)) {
        assertThat(written.tensors().keySet()).containsExactlyInAnyOrder("exp_avg.a", "exp_avg.b");
        assertThat(written.tensors().get("exp_avg.a").shape()).containsExactly(2, 2);
      }
      store.values().zero_();
      FlatTensors.read(file, FlatTensors.cut("exp_avg.", store.values(), store));
      assertThat(store.values().toFloats()).isEqualTo(before);
    }
  }

  @Test
  void theStateOfAnotherModelOrOptimizerIsRefused() throws IOException {
    Path file = folder.resolve("optimizer.safetensors");
    try (ParameterStore store = store(2);
        ParameterStore other = store(3)) {
      FlatTensors.write(file, FlatTensors.cut("exp_avg.", store.values(), store));
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(
              () -> FlatTensors.read(file, FlatTensors.cut("exp_avg.", other.values(), other)))
          .withMessageContaining("another model or optimizer")
          .withMessageContaining("exp_avg.a");
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(
              () ->
                  FlatTensors.read(
                      file, List.of(FlatTensors.Part.whole("momentum", store.values()))))
          .withMessageContaining("no such tensor");
    }
  }
}
