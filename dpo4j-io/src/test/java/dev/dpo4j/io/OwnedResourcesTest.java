/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnedResourcesTest {
  private final List<String> closed = new ArrayList<>();
  private final OwnedResources owned = new OwnedResources();

  private void add(String name) {
    owned.add(() -> closed.add(name));
  }

  private void addFailing(String name) {
    owned.add(
        () -> {
          closed.add(name);
          throw new IllegalStateException(name);
        });
  }

  @Test
  void theNewestIsClosedFirstAndOnlyOnce() {
    add("model");
    add("engine");
    owned.close();
    owned.close();
    assertThat(closed).containsExactly("engine", "model");
  }

  @Test
  void oneThatFailsKeepsNoneOpen() {
    add("model");
    addFailing("network");
    addFailing("engine");
    assertThatIllegalStateException()
        .isThrownBy(owned::close)
        .withMessage("engine")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    assertThat(closed).containsExactly("engine", "network", "model");
  }

  @Test
  void aFailureKeepsItsMessageAndLearnsOfTheOthers() {
    addFailing("engine");
    IllegalArgumentException failure = new IllegalArgumentException("no prompt");
    owned.closeAfter(failure);
    assertThat(failure.getSuppressed()).singleElement().isInstanceOf(IllegalStateException.class);
  }
}
