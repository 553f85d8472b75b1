/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.metrics.TensorBoardSink;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** TensorBoard reads the curves that a run writes. */
class TensorBoardParityTest {
  @TempDir Path folder;

  @Test
  void tensorBoardReadsEveryScalarWithItsStepAndTag() throws Exception {
    Path runs = folder.resolve("runs");
    try (TensorBoardSink sink = new TensorBoardSink(runs)) {
      sink.log(1, 0.5, Map.of("loss", 0.6931471805599453));
      sink.log(300, 150, Map.of("eval_rewards/margins", -1.25));
    }
    JsonNode events =
        JsonMapper.shared()
            .readTree(
                Peer.TENSORBOARD.runIn(folder, "read_events.py", "", List.of(runs.toString())));
    assertThat(events.valueStream().map(TensorBoardParityTest::line))
        .containsExactlyInAnyOrder(
            "1 train/epoch 0.5",
            "1 train/loss " + (double) (float) 0.6931471805599453,
            "300 train/epoch 150.0",
            "300 eval/rewards/margins -1.25");
  }

  private static String line(JsonNode event) {
    return "%d %s %s"
        .formatted(
            event.get("step").asLong(), event.get("tag").asString(), event.get("value").asDouble());
  }
}
