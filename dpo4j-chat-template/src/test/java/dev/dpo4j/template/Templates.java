/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

/** Renders small templates in tests of the engine's parts. */
public final class Templates {
  private Templates() {}

  /** Checks what a template without variables becomes. */
  public static void assertRenders(String template, String expected) {
    assertThat(ChatTemplate.compile(template).render(Map.of()).text())
        .as(template)
        .isEqualTo(expected);
  }
}
