/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Random;

/**
 * A preference loss that a program brings, in place of one that {@code loss_type} names.
 *
 * @param name what the loss is called in the model card of the run
 * @param loss the formula
 */
public record OwnLoss(String name, PairLoss loss) {
  /** Pairs at which a formula is looked at to know it again. */
  private static final int PROBES = 32;

  public OwnLoss {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a loss must have a name");
    }
    if (LossType.names().contains(name.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is the name of a loss that loss_type knows: choose another name");
    }
  }

  /**
   * Tells this formula from others: its name and a checksum of its values at some pairs, so that a
   * run does not go on with another formula than it began with.
   */
  public String identity() {
    Random random = new Random(1);
    MessageDigest digest = Checksums.digest();
    for (int i = 0; i < PROBES; i++) {
      Pair pair =
          new Pair(
              DualNumber.chosen(-40 * random.nextDouble()),
              DualNumber.rejected(-40 * random.nextDouble()),
              -40 * random.nextDouble(),
              -40 * random.nextDouble(),
              1 + random.nextInt(30),
              1 + random.nextInt(30),
              i % 2 == 0 ? 0 : random.nextDouble());
      DualNumber value = loss.loss(pair);
      // Another machine may round the last digits of a logarithm otherwise.
      String digits =
          String.format(
              Locale.ROOT, "%.9e %.9e %.9e%n", value.value(), value.byChosen(), value.byRejected());
      digest.update(digits.getBytes(StandardCharsets.UTF_8));
    }
    return name + " " + Checksums.hex(digest);
  }

  /**
   * Returns what is minimised: the loss alone, against a reference model.
   *
   * @throws ConfigException if the options ask for more than {@code beta}, which scales the rewards
   *     in the metrics
   */
  public Objective objective(LossOptions options) {
    if (!options.equals(LossOptions.of("beta: " + options.beta()))) {
      throw new ConfigException(
          new Fault(
              "loss_type",
              "",
              "the loss \"%s\" of the program decides alone what is minimised: of the options of the loss set beta at most"
                  .formatted(name)));
    }
    return Objective.of(loss, options.beta());
  }
}
