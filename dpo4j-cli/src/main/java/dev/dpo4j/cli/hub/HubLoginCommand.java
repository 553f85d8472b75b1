/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.NoOptions;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.hub.HubAccount;
import dev.dpo4j.hub.HubLogin;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Keeps a token for the Hub. */
@Command(
    name = "login",
    description = {
      "Log in to the Hugging Face Hub with an access token.",
      "",
      "Asks for the token, or reads it from standard input: dpo4j hub login < token.txt. "
          + "It is checked and kept in the file that Python's tools use too, for you alone."
    })
public final class HubLoginCommand extends BoundCommand<NoOptions> {
  private final Console console;

  public HubLoginCommand(Console console) {
    super(Binder.of(NoOptions.class));
    this.console = console;
  }

  @Override
  protected ExitCode run(NoOptions none) throws IOException {
    HubLogin login = names().login();
    String token = token(login);
    if (token.isBlank()) {
      throw new ConfigException(
          new Fault("", "", "no token was given; make one at " + login.page()));
    }
    HubAccount account = login.login(token, names().progress());
    console
        .out()
        .println("logged in as " + account.name() + "; the token is kept in " + login.file());
    if (names().environment().containsKey("HF_TOKEN")) {
      console.err().println("warning: HF_TOKEN is set and wins over the token that was just kept");
    }
    return ExitCode.DONE;
  }

  /** JDK 22 and newer have a console without a terminal too, so the terminal is asked as well. */
  @SuppressWarnings("SystemConsoleNull")
  private String token(HubLogin login) throws IOException {
    java.io.@Nullable Console terminal = System.console();
    if (terminal != null && console.terminal().interactive()) {
      console.err().println("Make a token at " + login.page());
      char[] typed = terminal.readPassword("Token (not shown): ");
      return typed == null ? "" : new String(typed);
    }
    String line =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    return line == null ? "" : line;
  }
}
