/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import java.util.regex.Pattern;

/** Writes commands that can be copied into a shell. */
public final class Program {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

  private Program() {}

  /** The program as the user has called it; the launcher tells. */
  public static String name() {
    return System.getProperty("dpo4j.command", "dpo4j");
  }

  /** Returns a command line; the arguments are quoted where a shell would split them. */
  public static String command(String... arguments) {
    StringBuilder line = new StringBuilder(quote(name()));
    for (String argument : arguments) {
      line.append(' ').append(quote(argument));
    }
    return line.toString();
  }

  private static String quote(String argument) {
    return PLAIN.matcher(argument).matches()
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }
}
