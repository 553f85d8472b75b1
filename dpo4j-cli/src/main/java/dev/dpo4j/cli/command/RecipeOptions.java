/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** What is said about the configuration file itself, and how far the command goes. */
public record RecipeOptions(
    @Option(
            defaultValue = "auto",
            choices = {"auto", "trl", "llamafactory", "axolotl"},
            help =
                "Whose keys the file has; auto finds out by the keys that only one tool has. trl"
                    + " means TRL, transformers, alignment-handbook and dpo4j itself.",
            difference = "No other tool reads the files of others.")
        String configFormat,
    @Option(
            defaultValue = "false",
            help =
                "Reads the configuration, the model and the data, prints the resolved configuration"
                    + " and the plan, and stops before training; nothing is written.",
            difference = "TRL has no such key.")
        boolean dryRun,
    @Option(
            help =
                "Name of a chat template of LLaMA-Factory. It is accepted where it renders"
                    + " dialogues as the template of the model does, and refused otherwise with the"
                    + " difference.",
            difference = "LLaMA-Factory's.")
        @Nullable String template) {
  public static final Binder<RecipeOptions> BINDER = Binder.of(RecipeOptions.class);

  /** Nothing was said. */
  static final RecipeOptions NONE = new RecipeOptions("auto", false, null);
}
