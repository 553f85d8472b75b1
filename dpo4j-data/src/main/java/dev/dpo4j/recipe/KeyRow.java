/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.List;
import java.util.Set;

/**
 * What becomes of one key of other tools.
 *
 * @param key the key as these tools write it
 * @param tools the tools that know it
 * @param isBoolean whether it is true or false
 * @param fate what we do with it
 * @param target for {@link Treatment#RENAMED} our key, for {@link Treatment#TRANSLATED} the keys
 *     that it becomes, as words
 * @param neutral values that ask for nothing, or for what happens anyway, as text
 * @param reason what is said about it
 */
public record KeyRow(
    String key,
    Set<Tool> tools,
    boolean isBoolean,
    Treatment fate,
    String target,
    List<String> neutral,
    BilingualText reason) {

  /** The four classes of keys; the second has two kinds. */
  public enum Treatment {
    /** It does the same here. */
    ACTS,
    /** It has another name here. */
    RENAMED,
    /** It becomes something else here, and a line says what. */
    TRANSLATED,
    /** It changes nothing here. */
    NOTED,
    /** Ignoring it would train something else. */
    REFUSED
  }

  public KeyRow {
    tools = Set.copyOf(tools);
    neutral = List.copyOf(neutral);
  }

  /** Whether a file of a format may have the key. */
  boolean isOf(RecipeFormat format) {
    return tools.stream().anyMatch(format::takes);
  }

  /** Returns the tool to name in a message. */
  Tool owner() {
    return tools.stream().sorted().reduce((first, last) -> last).orElseThrow();
  }
}
