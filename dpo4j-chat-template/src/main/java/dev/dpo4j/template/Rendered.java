/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import java.util.List;

/**
 * What a template made of one conversation.
 *
 * @param text the rendered text, equal to what jinja2 writes
 * @param generationSpans the parts written inside {@code {% generation %}} blocks, by start; empty
 *     when the template has none
 */
public record Rendered(String text, List<Span> generationSpans) {

  /** Copies the list of spans. */
  public Rendered {
    generationSpans = List.copyOf(generationSpans);
  }
}
