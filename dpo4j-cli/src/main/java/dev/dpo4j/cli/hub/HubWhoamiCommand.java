/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.NoOptions;
import dev.dpo4j.cli.command.Program;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.hub.HubAccount;
import dev.dpo4j.hub.HubLogin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Tells whose token is used. */
@Command(
    name = "whoami",
    description = "Show the account whose token is used, its organizations, and the token's role.")
public final class HubWhoamiCommand extends BoundCommand<NoOptions> {
  private final Console console;

  public HubWhoamiCommand(Console console) {
    super(Binder.of(NoOptions.class));
    this.console = console;
  }

  @Override
  protected ExitCode run(NoOptions none) {
    HubLogin login = names().login();
    @Nullable HubAccount account = login.account(names().progress());
    if (account == null) {
      console
          .err()
          .println(
              "error: not logged in: run "
                  + Program.command("hub", "login")
                  + ", or set HF_TOKEN; tokens are made at "
                  + login.page());
      return ExitCode.MODEL;
    }
    console.out().println(account.name());
    if (!account.organizations().isEmpty()) {
      console.out().println("organizations  " + String.join(", ", account.organizations()));
    }
    if (!account.role().isEmpty()) {
      console.out().println("token          " + account.tokenName() + ", " + account.role());
    }
    return ExitCode.DONE;
  }
}
