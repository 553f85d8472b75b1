/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.Arrays;

/** The tools whose keys the table knows. */
public enum Tool {
  /** The arguments of its Trainer, which all others build on. */
  TRANSFORMERS('F', "transformers"),
  /** The configurations of its trainers and the arguments of its scripts. */
  TRL('T', "TRL"),
  /** The arguments of its scripts, and of scripts made after them. */
  HANDBOOK('H', "alignment-handbook"),
  /** Its train, model and data arguments. */
  LLAMAFACTORY('L', "LLaMA-Factory"),
  /** Its one file. */
  AXOLOTL('A', "axolotl");

  private final char letter;
  private final String title;

  Tool(char letter, String title) {
    this.letter = letter;
    this.title = title;
  }

  char letter() {
    return letter;
  }

  /** Returns the name of the tool as its authors write it. */
  public String title() {
    return title;
  }

  static Tool of(char letter) {
    return Arrays.stream(values()).filter(tool -> tool.letter == letter).findFirst().orElseThrow();
  }
}
