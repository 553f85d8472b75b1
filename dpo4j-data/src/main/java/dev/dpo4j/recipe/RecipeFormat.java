/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.Locale;

/** Whose configuration file it is. */
public enum RecipeFormat {
  /** Keys of TRL, transformers and alignment-handbook, and our own. */
  TRL("TRL", "FTH"),
  /** LLaMA-Factory's, which also takes those of transformers. */
  LLAMAFACTORY("LLaMA-Factory", "FL"),
  /** axolotl's. */
  AXOLOTL("axolotl", "A");

  private final String title;
  private final String tools;

  RecipeFormat(String title, String tools) {
    this.title = title;
    this.tools = tools;
  }

  /** Returns the name of the tool as its authors write it. */
  public String title() {
    return title;
  }

  /** Returns the name as it is written in {@code config_format}. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a file of this format may have a key of a tool. */
  boolean takes(Tool tool) {
    return tools.indexOf(tool.letter()) >= 0;
  }
}
