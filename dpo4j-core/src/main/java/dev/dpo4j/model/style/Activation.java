/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The function of a feed-forward block's gate. */
public enum Activation {
  /** {@code x * sigmoid(x)}. */
  SILU("silu", "swish"),
  /** The tanh approximation of GELU (arXiv 1606.08415). */
  GELU_TANH("gelu_pytorch_tanh");

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> names;

  Activation(String... names) {
    this.names = List.of(names);
  }

  /** The name in config.json. */
  public String configName() {
    return names.get(0);
  }

  /** The function of that name. */
  public static Optional<Activation> of(String name) {
    return Arrays.stream(values()).filter(a -> a.names.contains(name)).findFirst();
  }

  /** All names, for messages. */
  public static String allNames() {
    return String.join(
        " or ", Arrays.stream(values()).map(a -> '"' + a.configName() + '"').toList());
  }
}
