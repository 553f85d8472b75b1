/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.loss.PairLoss;
import java.util.Locale;

/**
 * A preference loss that a program brings, in place of one that {@code loss_type} names.
 *
 * @param name what the loss is called in the model card of the run
 * @param loss the formula
 */
public record OwnLoss(String name, PairLoss loss) {
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
