/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template made of one conversation: the text, and which parts the assistant wrote. */
public final class Rendered {
  private final String text;
  private final List<Span> spans;
  private final @Nullable TemplateException lost;

  Rendered(String text, List<Span> spans, @Nullable TemplateException lost) {
    this.text = text;
    this.spans = List.copyOf(spans);
    this.lost = lost;
  }

  /** The rendered text, equal to what jinja2 writes. */
  public String text() {
    return text;
  }

  /**
   * The parts written inside {@code {% generation %}} blocks, by start; empty when the template has
   * none.
   *
   * @throws TemplateException when the template changed or moved the text of such a block after it
   *     was written (a filter on a captured macro, say), so that its place is not known
   */
  public List<Span> generationSpans() {
    if (lost != null) {
      throw lost;
    }
    return spans;
  }

  @Override
  public String toString() {
    return text;
  }
}
