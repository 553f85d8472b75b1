/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.Budget;
import java.time.Clock;

/** What values, filters and tests need of the rendering that they belong to. */
public interface Evaluation {
  /** What the rendering may still spend. */
  Budget budget();

  /** The time that the template is told. */
  Clock clock();

  /** A value as Python's {@code str} prints it. */
  String str(Object value);
}
