/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a parser of JSON says, in words for those who wrote the text. */
public final class ParserText {
  private static final Pattern INTERNALS =
      Pattern.compile(
          ": enable `[^`]*` to allow|, from `[^`]*`"
              + "| ?\\((?:for \\w+ starting|start marker) at \\[Source:[^\\]]*\\]\\)");

  private ParserText() {}

  /** Leaves out advice about the parser's own settings, and places in its own notation. */
  public static String plain(@Nullable String message) {
    return INTERNALS.matcher(String.valueOf(message)).replaceAll("");
  }
}
