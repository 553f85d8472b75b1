/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about the Hugging Face Hub. */
@Command(
    name = "hub",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Download from the Hugging Face Hub, upload to it, and look at its cache.",
      "",
      "The cache and the environment variables are those of Python's huggingface_hub: "
          + "HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE."
    })
public final class HubCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(
          spec.commandLine(), "hub needs a command: download, ls, push, login, whoami or logout");
    }
  }
}
