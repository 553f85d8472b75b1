/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.HubNames;
import dev.dpo4j.cli.command.Program;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.hub.HubAccount;
import dev.dpo4j.hub.HubLogin;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Tells whose token is used. */
@Command(
    name = "whoami",
    mixinStandardHelpOptions = true,
    description = "Show the account whose token is used, its organizations, and the token's role.")
public final class HubWhoamiCommand implements Callable<Integer> {
  private final Console console;
  private final HubNames names;

  public HubWhoamiCommand(Console console, HubNames names) {
    this.console = console;
    this.names = names;
  }

  @Override
  public Integer call() {
    HubLogin login = names.login();
    @Nullable HubAccount account = login.account(names.progress());
    if (account == null) {
      console
          .err()
          .println(
              "error: not logged in: run "
                  + Program.command("hub", "login")
                  + ", or set HF_TOKEN; tokens are made at "
                  + login.page());
      return ExitCode.MODEL.code();
    }
    console.out().println(account.name());
    if (!account.organizations().isEmpty()) {
      console.out().println("organizations  " + String.join(", ", account.organizations()));
    }
    if (!account.role().isEmpty()) {
      console.out().println("token          " + account.tokenName() + ", " + account.role());
    }
    return ExitCode.DONE.code();
  }
}
