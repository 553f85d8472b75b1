/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.TextPair;
import java.text.Normalizer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The texts of a pair as the checks look at them.
 *
 * @param prompt what was asked: the texts of all messages but the system's
 * @param chosen text of the chosen answer
 * @param rejected text of the rejected answer
 * @param exactPrompt everything before the answers, roles and other fields included
 * @param exactChosen the whole chosen answer, roles and other fields included
 * @param exactRejected the whole rejected answer, roles and other fields included
 */
record TextView(
    String prompt,
    String chosen,
    String rejected,
    String exactPrompt,
    String exactChosen,
    String exactRejected) {
  private static final char SEPARATOR = '\u0001';

  static TextView of(PreferencePair pair) {
    if (pair instanceof TextPair text) {
      return new TextView(
          text.prompt(),
          text.chosen(),
          text.rejected(),
          text.prompt(),
          text.chosen(),
          text.rejected());
    }
    ChatPair chat = (ChatPair) pair;
    String context = chat.context().tools() + "" + chat.context().templateKwargs();
    return new TextView(
        plain(chat.prompt().stream().filter(message -> !"system".equals(message.role())).toList()),
        plain(chat.chosen()),
        plain(chat.rejected()),
        exact(chat.prompt()) + ("null{}".equals(context) ? "" : SEPARATOR + context),
        exact(chat.chosen()),
        exact(chat.rejected()));
  }

  private static String plain(List<Message> messages) {
    return messages.stream()
        .map(message -> content(message.fields().get("content")))
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining("\n\n"));
  }

  /** Returns the text of a message's content, which may be a list of blocks. */
  static String content(@Nullable Object content) {
    if (content instanceof String text) {
      return text;
    }
    if (content instanceof List<?> blocks) {
      return blocks.stream()
          .map(block -> block instanceof Map<?, ?> map ? map.get("text") : block)
          .filter(Objects::nonNull)
          .map(String::valueOf)
          .collect(Collectors.joining("\n"));
    }
    return "";
  }

  private static String exact(List<Message> messages) {
    return messages.stream()
        .map(message -> message.fields().toString())
        .collect(Collectors.joining(String.valueOf(SEPARATOR)));
  }

  /**
   * Returns a text without the differences that nobody sees: compatibility forms of characters,
   * runs and kinds of blanks, blanks at the ends, characters of no width.
   */
  static String normal(String text) {
    String composed =
        Normalizer.isNormalized(text, Normalizer.Form.NFKC)
            ? text
            : Normalizer.normalize(text, Normalizer.Form.NFKC);
    StringBuilder normal = new StringBuilder(composed.length());
    boolean blank = false;
    for (int i = 0; i < composed.length(); i++) {
      char c = composed.charAt(i);
      if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
        blank = true;
      } else if (!isInvisible(c)) {
        if (blank && !normal.isEmpty()) {
          normal.append(' ');
        }
        blank = false;
        normal.append(c);
      }
    }
    return normal.toString();
  }

  /** Characters that print nothing and join nothing: zero-width space, word joiner, BOM. */
  static boolean isInvisible(char c) {
    return c == '\u200B' || c == '\u2060' || c == '\uFEFF' || c == '\u00AD';
  }

  /** Returns whether an answer says nothing: no text but blanks, and no other field either. */
  static boolean isBlank(PreferencePair pair, boolean chosen) {
    if (pair instanceof TextPair text) {
      return normal(chosen ? text.chosen() : text.rejected()).isEmpty();
    }
    ChatPair chat = (ChatPair) pair;
    return (chosen ? chat.chosen() : chat.rejected())
        .stream().allMatch(message -> isBlank(message));
  }

  private static boolean isBlank(Message message) {
    return message.fields().entrySet().stream()
        .allMatch(
            field ->
                switch (field.getKey()) {
                  case "role", "name" -> true;
                  case "content" ->
                      !hasOtherBlocks(field.getValue())
                          && normal(content(field.getValue())).isEmpty();
                  default -> isNothing(field.getValue());
                });
  }

  /** Returns whether content holds something else than text, such as an image. */
  private static boolean hasOtherBlocks(@Nullable Object content) {
    return content instanceof List<?> blocks
        && blocks.stream()
            .anyMatch(block -> block instanceof Map<?, ?> map && !"text".equals(map.get("type")));
  }

  private static boolean isNothing(@Nullable Object value) {
    return value instanceof String text
        ? normal(text).isEmpty()
        : value instanceof List<?> list && list.isEmpty();
  }
}
