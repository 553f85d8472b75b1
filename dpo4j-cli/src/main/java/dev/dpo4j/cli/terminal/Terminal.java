/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.lang.reflect.Method;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What can be drawn on the screen.
 *
 * @param interactive whether a line can be overwritten
 * @param color whether colours are wanted
 * @param unicode whether characters beyond ASCII are shown
 * @param width columns
 */
public record Terminal(boolean interactive, boolean color, boolean unicode, int width) {
  private static final int DEFAULT_WIDTH = 80;

  /** A file or a pipe: plain lines. */
  public static Terminal plain() {
    return new Terminal(false, false, true, DEFAULT_WIDTH);
  }

  /**
   * Looks at the process's own terminal.
   *
   * @param environment the environment variables
   */
  public static Terminal detect(Map<String, String> environment) {
    // The launcher has looked at stderr itself, which the JVM cannot.
    @Nullable String told = System.getProperty("dpo4j.terminal");
    boolean hasTerminal = told == null ? hasTerminal() : Boolean.parseBoolean(told);
    return of(environment, hasTerminal, Charset.defaultCharset().name());
  }

  /** Decides by the environment; TERM=dumb and CI mean plain lines, NO_COLOR means no colours. */
  public static Terminal of(Map<String, String> environment, boolean hasTerminal, String charset) {
    String term = environment.getOrDefault("TERM", "");
    boolean ci = !environment.getOrDefault("CI", "").isEmpty();
    boolean interactive = hasTerminal && !ci && !term.equals("dumb") && !term.isEmpty();
    boolean color = interactive && environment.getOrDefault("NO_COLOR", "").isEmpty();
    boolean unicode = unicode(environment, charset);
    return new Terminal(interactive, color, unicode, width(environment));
  }

  /** Returns where texts are broken into lines; a file or a pipe gets them whole. */
  public int textWidth() {
    return interactive ? width : Integer.MAX_VALUE;
  }

  /** The locale of the terminal decides, in the order of POSIX; without one, the JVM's charset. */
  private static boolean unicode(Map<String, String> environment, String charset) {
    for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String locale = environment.getOrDefault(name, "");
      if (!locale.isEmpty()) {
        return locale.toLowerCase(Locale.ROOT).replace("-", "").contains("utf8");
      }
    }
    return charset.equals("UTF-8");
  }

  private static int width(Map<String, String> environment) {
    String columns = environment.getOrDefault("COLUMNS", "");
    return columns.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(columns) : DEFAULT_WIDTH;
  }

  /**
   * Returns whether a terminal is behind this process.
   *
   * <p>JDK 22 to 24 give a console even where the streams are redirected; they, and later ones,
   * tell the truth in Console.isTerminal, which JDK 17 lacks.
   */
  @SuppressWarnings("SystemConsoleNull")
  public static boolean hasTerminal() {
    java.io.Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      Method isTerminal = java.io.Console.class.getMethod("isTerminal");
      return (boolean) isTerminal.invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
