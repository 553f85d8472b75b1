/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.text.TemplateError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rendering wrote.
 *
 * @param text all of it
 * @param marked the parts that are generations, by start
 * @param lost why the place of a generation is not known, or null
 */
public record Output(String text, List<Part> marked, @Nullable TemplateError lost) {

  /** A part of the text, from its start to before its end. */
  public record Part(int start, int end) {}
}
