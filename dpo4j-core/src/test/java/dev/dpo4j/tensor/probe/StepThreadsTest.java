/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.dpo4j.tensor.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StepThreadsTest {
  private final Engine engine = Engine.ensureStarted();
  private final int before = engine.threads();
  private final AtomicLong now = new AtomicLong();
  private int lastThreads;

  @AfterEach
  void restore() {
    engine.useThreads(before);
  }

  /** Steps that take so long with one thread and with all. */
  private StepThreads steps(long one, long all) {
    engine.useThreads(3);
    boolean[] running = {false};
    return new StepThreads(
        3,
        () -> {
          running[0] = !running[0];
          return running[0] ? now.get() : now.addAndGet(lastThreads == 1 ? one : all);
        });
  }

  /** The number of threads of each of some steps. */
  private List<Integer> run(StepThreads steps, int rows, int count) {
    List<Integer> seen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      seen.add(
          steps.run(
              rows,
              () -> {
                lastThreads = engine.threads();
                return lastThreads;
              }));
      assertThat(engine.threads()).as("threads after a step").isEqualTo(3);
    }
    return seen;
  }

  @Test
  void bothWaysAreTriedInTurnAndTheFasterOneIsKept() {
    StepThreads steps = steps(10, 20);
    List<Integer> seen = run(steps, 1, 20);
    assertThat(seen.subList(0, 8)).containsExactly(3, 1, 3, 1, 3, 1, 3, 1);
    assertThat(seen.subList(8, 20)).containsOnly(1);
  }

  @Test
  void allThreadsStayWhereTheyAreFaster() {
    List<Integer> seen = run(steps(20, 10), 1, 20);
    assertThat(seen.subList(8, 20)).containsOnly(3);
  }

  @Test
  void theWaysAreComparedAgainAfterAWhile() {
    List<Integer> seen = run(steps(10, 20), 1, 264);
    assertThat(seen.subList(8, 256)).containsOnly(1);
    assertThat(seen.subList(256, 264)).containsExactly(3, 1, 3, 1, 3, 1, 3, 1);
  }

  @Test
  void stepsOfManyRowsAreComparedOnTheirOwn() {
    StepThreads steps = steps(10, 20);
    run(steps, 1, 10);
    assertThat(run(steps, 8, 2)).containsExactly(3, 1);
    assertThat(run(steps, 9, 2)).as("about as many rows").containsExactly(3, 1);
    assertThat(run(steps, 1, 1)).containsExactly(1);
  }

  @Test
  void aStepThatFailsLeavesTheThreadsAsTheyWere() {
    StepThreads steps = steps(10, 20);
    run(steps, 1, 1);
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                steps.run(
                    1,
                    () -> {
                      throw new IllegalStateException("no");
                    }));
    assertThat(engine.threads()).isEqualTo(3);
  }
}
