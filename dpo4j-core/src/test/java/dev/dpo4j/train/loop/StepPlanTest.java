/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dpo4j.train.options.SamplingStrategy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class StepPlanTest {

  private static StepPlan sequential(int rows, int batch, int accumulation, double epochs) {
    return new StepPlan(
        rows, batch, accumulation, SamplingStrategy.SEQUENTIAL, 42, false, epochs, -1);
  }

  @Test
  void theBatchesOfAShuffledRunAreThoseOfTheRecordedOne() {
    String shared = System.getenv("DPO4J_SHARED");
    if (shared == null) {
      Assumptions.abort("DPO4J_SHARED is not set");
      return;
    }
    Path file = Path.of(shared).resolve("golden/trl/shuffled.json");
    JsonNode runs = JsonMapper.shared().readTree(file.toFile());
    assertThat(runs).isNotEmpty();
    for (JsonNode run : runs) {
      JsonNode config = run.get("config");
      StepPlan plan =
          new StepPlan(
              run.get("rows_kept").asInt(),
              config.get("per_device_train_batch_size").asInt(),
              1,
              SamplingStrategy.RANDOM,
              config.get("seed").asLong(),
              false,
              config.get("num_train_epochs").asDouble(),
              -1);
      JsonNode batches = run.get("batches_of_kept_row_indices");
      assertThat(plan.maxSteps()).isEqualTo(batches.size());
      for (int i = 0; i < batches.size(); i++) {
        int[] expected = batches.get(i).valueStream().mapToInt(JsonNode::asInt).toArray();
        assertThat(plan.step(i + 1).microBatches()).containsExactly(expected);
      }
    }
  }

  @Test
  void theRowsLeftOverMakeAShortBatchAndTheBatchesLeftOverAShortStep() {
    StepPlan plan = sequential(15, 2, 3, 2);
    assertThat(plan.batchesPerEpoch()).isEqualTo(8);
    assertThat(plan.stepsPerEpoch()).isEqualTo(3);
    assertThat(plan.maxSteps()).isEqualTo(6);
    OptimizerStep third = plan.step(3);
    assertThat(third.microBatches()).containsExactly(new int[] {12, 13}, new int[] {14});
    assertThat(third.rows()).isEqualTo(3);
    assertThat(third.epoch()).isEqualTo(1);
    OptimizerStep fourth = plan.step(4);
    assertThat(fourth.epochIndex()).isEqualTo(1);
    assertThat(fourth.epoch()).isEqualTo(1 + 3.0 / 8);
    assertThat(fourth.microBatches().get(0)).containsExactly(0, 1);
  }

  @Test
  void aFractionOfAnEpochIsRoundedUpToSteps() {
    StepPlan plan = sequential(10, 2, 1, 1.5);
    assertThat(plan.maxSteps()).isEqualTo(8);
    assertThat(plan.epochs()).isEqualTo(2);
  }

  @Test
  void maxStepsWinsOverEpochsAndGoesOnIntoTheNextOne() {
    StepPlan plan = new StepPlan(4, 2, 1, SamplingStrategy.SEQUENTIAL, 42, false, 1, 7);
    assertThat(plan.maxSteps()).isEqualTo(7);
    assertThat(plan.epochs()).isEqualTo(4);
    assertThat(plan.step(7).epoch()).isEqualTo(3.5);
  }

  @Test
  void dropLastLeavesOutTheRowsThatFillNoBatch() {
    StepPlan plan = new StepPlan(5, 2, 1, SamplingStrategy.SEQUENTIAL, 42, true, 1, -1);
    assertThat(plan.maxSteps()).isEqualTo(2);
    assertThat(plan.step(2).microBatches()).containsExactly(new int[] {2, 3});
  }

  @Test
  void everyEpochVisitsEveryRowOnceInAnOrderOfItsOwn() {
    StepPlan plan = new StepPlan(9, 4, 2, SamplingStrategy.RANDOM, 3, false, 2, -1);
    assertThat(visited(plan, 1, 2)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(visited(plan, 3, 4)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(visited(plan, 1, 2)).isNotEqualTo(visited(plan, 3, 4));
  }

  @Test
  void aStepIsTheSameWhateverWasAskedForBefore() {
    StepPlan walked = new StepPlan(9, 2, 2, SamplingStrategy.RANDOM, 3, false, 3, -1);
    for (long step = 1; step <= walked.maxSteps(); step++) {
      StepPlan fresh = new StepPlan(9, 2, 2, SamplingStrategy.RANDOM, 3, false, 3, -1);
      assertThat(visited(walked, step, step)).isEqualTo(visited(fresh, step, step));
    }
  }

  @Test
  void impossiblePlansAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sequential(0, 2, 1, 1))
        .withMessageContaining("rows of training data");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sequential(4, 2, 1, 0))
        .withMessageContaining("num_train_epochs");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StepPlan(1, 2, 1, SamplingStrategy.SEQUENTIAL, 42, true, 1, -1))
        .withMessageContaining("drop_last");
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> sequential(4, 2, 1, 1).step(3));
  }

  private static List<Integer> visited(StepPlan plan, long from, long to) {
    return LongStream.rangeClosed(from, to)
        .boxed()
        .flatMap(step -> plan.step(step).microBatches().stream())
        .flatMapToInt(Arrays::stream)
        .boxed()
        .toList();
  }
}
