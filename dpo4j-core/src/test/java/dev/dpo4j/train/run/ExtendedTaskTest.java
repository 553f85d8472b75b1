/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.train.loop.TrainTask;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A task that stands before another one. */
class ExtendedTaskTest {
  @Test
  void everythingThatTheLoopAsksIsPassedOnAndNotAnsweredByADefault() {
    List<String> missing =
        Arrays.stream(TrainTask.class.getMethods())
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .filter(method -> !isDeclared(method))
            .map(Method::getName)
            .toList();
    assertThat(missing).isEmpty();
  }

  private static boolean isDeclared(Method method) {
    return Arrays.stream(ExtendedTask.class.getDeclaredMethods())
        .anyMatch(
            own ->
                own.getName().equals(method.getName())
                    && Arrays.equals(own.getParameterTypes(), method.getParameterTypes()));
  }
}
