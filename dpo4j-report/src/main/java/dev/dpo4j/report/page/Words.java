/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

/**
 * Words of a page in both of its languages.
 *
 * @param en English
 * @param zh Chinese
 */
record Words(String en, String zh) {
  /** The same in both. */
  static Words same(String text) {
    return new Words(text, text);
  }

  String in(String language) {
    return language.equals("zh") ? zh : en;
  }
}
