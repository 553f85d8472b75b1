/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.NoOptions;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.hub.HubLogin;
import picocli.CommandLine.Command;

/** Forgets the token for the Hub. */
@Command(
    name = "logout",
    description = {
      "Delete the token that login has kept, for Python's tools too.",
      "",
      "The token itself stays valid: revoke it on the Hub if somebody else may have it."
    })
public final class HubLogoutCommand extends BoundCommand<NoOptions> {
  private final Console console;

  public HubLogoutCommand(Console console) {
    super(Binder.of(NoOptions.class));
    this.console = console;
  }

  @Override
  protected ExitCode run(NoOptions none) {
    HubLogin login = names().login();
    boolean was = login.logout();
    console
        .out()
        .println(was ? "logged out: " + login.file() + " is gone" : "there was no token to delete");
    if (names().environment().containsKey("HF_TOKEN")) {
      console.err().println("warning: HF_TOKEN is set, so commands still use that token");
    }
    return ExitCode.DONE;
  }
}
