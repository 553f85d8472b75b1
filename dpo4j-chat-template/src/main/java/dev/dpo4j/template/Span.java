/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

/**
 * A half-open range of the rendered text that one {@code {% generation %}} block wrote.
 *
 * @param start offset of the first character, in UTF-16 units of {@link Rendered#text()}
 * @param end offset behind the last character
 */
public record Span(int start, int end) {

  /** Refuses a range that ends before it starts or starts before the text. */
  public Span {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("span [" + start + ", " + end + ") is not a range");
    }
  }
}
