/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.recipe.RecipeMethod;
import picocli.CommandLine.Command;

/** Trains with the loss and the defaults of TRL's ORPO trainer. */
@Command(
    name = "orpo",
    description = {
      "Train a model on preference pairs with ORPO, without a reference model.",
      "",
      "The same as dpo4j dpo with loss_type orpo, for files of TRL's ORPOConfig, which do not "
          + "name their loss. beta weighs the odds ratio. Everything else is as in dpo."
    })
public final class OrpoCommand extends DpoCommand {

  public OrpoCommand(Console console, Interruption interruption) {
    super(RecipeMethod.ORPO, console, interruption);
  }
}
