/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

/**
 * Words of a page in both of its languages.
 *
 * @param en English
 * @param zh Chinese
 */
record Text(String en, String zh) {
  /** The same in both. */
  static Text same(String text) {
    return new Text(text, text);
  }

  String in(String language) {
    return language.equals("zh") ? zh : en;
  }
}
