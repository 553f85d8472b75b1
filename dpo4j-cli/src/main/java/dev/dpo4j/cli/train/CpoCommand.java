/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.recipe.RecipeMethod;
import picocli.CommandLine.Command;

/** Trains with the loss and the defaults of TRL's CPO trainer. */
@Command(
    name = "cpo",
    description = {
      "Train a model on preference pairs with CPO, without a reference model.",
      "",
      "The same as dpo4j dpo with loss_type cpo, for files of TRL's CPOConfig, which do not "
          + "name their trainer. loss_type is sigmoid or simpo; cpo_alpha weighs the log-loss of "
          + "the chosen answers, 0 gives SimPO itself. Everything else is as in dpo."
    })
public final class CpoCommand extends DpoCommand {

  public CpoCommand(Console console, Interruption interruption) {
    super(RecipeMethod.CPO, console, interruption);
  }
}
