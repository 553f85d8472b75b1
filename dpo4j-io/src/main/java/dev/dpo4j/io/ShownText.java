/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import org.jspecify.annotations.Nullable;

/**
 * Makes a text of others fit to be shown: without a secret that it repeats, and in plain
 * characters.
 */
public final class ShownText {
  private static final String HIDDEN = "(the key)";

  /** A piece of a secret that is shorter than this tells nothing. */
  private static final int LEAST = 8;

  private ShownText() {}

  /**
   * Returns a text without a secret, also where the secret is URL-encoded, escaped as in JSON or
   * HTML, or cut off after its first half.
   */
  public static String hide(String text, @Nullable String secret) {
    if (secret == null || secret.isEmpty()) {
      return text;
    }
    int enough = Math.min(secret.length(), Math.max(LEAST, (secret.length() + 1) / 2));
    StringBuilder shown = null;
    int kept = 0;
    int at = 0;
    while (at < text.length()) {
      int end = match(text, at, secret, enough);
      if (end > at) {
        shown = shown == null ? new StringBuilder() : shown;
        shown.append(text, kept, at).append(HIDDEN);
        kept = end;
        at = end;
      } else {
        at++;
      }
    }
    return shown == null ? text : shown.append(text, kept, text.length()).toString();
  }

  /** The place behind a secret that begins at {@code from}, or -1. */
  private static int match(String text, int from, String secret, int enough) {
    Matched found = longest(text, from, secret, 0);
    return found.characters() >= enough ? found.end() : -1;
  }

  /** How many characters of a secret were found, and the place behind them. */
  private record Matched(int characters, int end) {}

  private static Matched longest(String text, int from, String secret, int first) {
    int at = from;
    int matched = first;
    while (matched < secret.length()) {
      char wanted = secret.charAt(matched);
      boolean plain = at < text.length() && text.charAt(at) == wanted;
      int spelled = spelled(text, at, wanted);
      if (plain && spelled >= 0) {
        // An ampersand may stand for itself, or begin the spelling of one.
        Matched one = longest(text, at + 1, secret, matched + 1);
        Matched other = longest(text, spelled, secret, matched + 1);
        return one.characters() >= other.characters() ? one : other;
      } else if (!plain && spelled < 0) {
        break;
      }
      at = plain ? at + 1 : spelled;
      matched++;
    }
    return new Matched(matched, at);
  }

  /** The place behind a character that stands in another spelling, or -1. */
  private static int spelled(String text, int at, char wanted) {
    if (at >= text.length()) {
      return -1;
    }
    return switch (text.charAt(at)) {
      case '%' -> percent(text, at + 1, wanted);
      case '\\' -> escape(text, at + 1, wanted);
      case '&' -> entity(text, at + 1, wanted);
      default -> -1;
    };
  }

  private static int percent(String text, int at, char wanted) {
    int from = text.startsWith("25", at) && wanted != '%' ? at + 2 : at; // Encoded twice.
    return number(text, from, from + 2, 16) == wanted ? from + 2 : -1;
  }

  private static int escape(String text, int at, char wanted) {
    if (at < text.length() && text.charAt(at) == wanted) {
      return at + 1;
    } else if (text.startsWith("u", at) && number(text, at + 1, at + 5, 16) == wanted) {
      return at + 5;
    } else if (text.startsWith("x", at) && number(text, at + 1, at + 3, 16) == wanted) {
      return at + 3;
    }
    return -1;
  }

  private static int entity(String text, int at, char wanted) {
    int end = text.indexOf(';', at);
    if (!text.startsWith("#", at) || end < 0 || end - at > 8) {
      return wanted == '&' && text.startsWith("amp;", at) ? at + 4 : -1;
    }
    boolean hex = text.startsWith("x", at + 1) || text.startsWith("X", at + 1);
    int number = hex ? number(text, at + 2, end, 16) : number(text, at + 1, end, 10);
    return number == wanted ? end + 1 : -1;
  }

  private static int number(String text, int from, int end, int radix) {
    if (end > text.length() || from >= end) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < end; i++) {
      int digit = Character.digit(text.charAt(i), radix);
      if (digit < 0) {
        return -1;
      }
      value = value * radix + digit;
    }
    return value;
  }

  /**
   * Returns a text on one line, in which no character moves the cursor, changes colours or turns
   * the direction of writing: each stands as its number.
   */
  public static String line(String text) {
    return plain(text.replaceAll("\\s+", " ").strip());
  }

  /** Returns a text with its lines and tabs, without other characters that a terminal obeys. */
  public static String plain(String text) {
    StringBuilder plain = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean harmless = !obeyed(c) || c == '\n' || c == '\t';
      if (!harmless && plain == null) {
        plain = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (plain != null) {
        plain.append(harmless ? String.valueOf(c) : "\\u%04x".formatted((int) c));
      }
    }
    return plain == null ? text : plain.toString();
  }

  private static boolean obeyed(char c) {
    boolean direction = (c >= '\u202a' && c <= '\u202e') || (c >= '\u2066' && c <= '\u2069');
    return Character.isISOControl(c) || direction;
  }
}
