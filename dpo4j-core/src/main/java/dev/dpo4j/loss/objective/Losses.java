/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.single.KtoLoss;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What there is to say of every loss, those of pairs and those of single answers. */
public final class Losses {
  private Losses() {}

  /** The losses of {@code dpo} in the order of {@link LossType}, then those of {@code kto}. */
  public static List<LossInfo> all() {
    return Stream.concat(
            Stream.of(LossType.values()).map(LossType::info),
            Stream.of(KtoLoss.Kind.values()).map(KtoLoss.Kind::info))
        .toList();
  }

  /** The command whose {@code loss_type} a loss is. */
  public static String command(LossInfo info) {
    return LossType.names().contains(info.name()) ? "dpo" : "kto";
  }

  /**
   * The loss of a name.
   *
   * @throws IllegalArgumentException if there is none; the message lists all names
   */
  public static LossInfo find(String name) {
    String plain = name.replace('-', '_');
    return all().stream()
        .filter(info -> info.name().equals(plain))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no loss \"%s\"; expected one of %s"
                        .formatted(
                            name,
                            all().stream().map(LossInfo::name).collect(Collectors.joining(", ")))));
  }
}
