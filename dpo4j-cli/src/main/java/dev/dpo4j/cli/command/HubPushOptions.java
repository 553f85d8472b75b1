/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether and where a trained model is uploaded. The token comes from the environment alone. */
public record HubPushOptions(
    @Option(
            defaultValue = "false",
            help =
                "Uploads the model to the Hub when the run has finished; needs a token (HF_TOKEN, "
                    + "or dpo4j hub login).")
        boolean pushToHub,
    @Option(
            help =
                "Repository to upload to, such as org/name; null uses the name of output_dir in the "
                    + "token's account.")
        @Nullable String hubModelId,
    @Option(help = "Creates the repository as private, and refuses an existing public one.")
        @Nullable Boolean hubPrivateRepo,
    @Option(help = "Branch to upload to; null uses main.") @Nullable String hubRevision,
    @Option(
            defaultValue = "end",
            choices = {"end", "every_save", "checkpoint", "all_checkpoints"},
            help = "When to upload; only end is built.",
            difference = "transformers' default every_save also uploads while it trains.")
        String hubStrategy)
    implements Checked {
  /** Nothing is uploaded. */
  static final HubPushOptions NONE = new HubPushOptions(false, null, null, null, "end");

  @Override
  public void check(Check check) {
    if (!pushToHub) {
      check.idle(Set.of("hub_model_id", "hub_private_repo", "hub_revision"), "without push_to_hub");
    } else if (!hubStrategy.equals("end")) {
      check.fault("hub_strategy", "is " + hubStrategy + ", but only end is built");
    }
  }
}
