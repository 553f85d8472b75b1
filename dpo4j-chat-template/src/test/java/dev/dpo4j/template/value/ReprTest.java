/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** How values are written. The expected texts are those of jinja2. */
class ReprTest {
  @Test
  void containersAreWrittenAsInPython() {
    assertRenders("{{ [1, 'a', none, true, 1.0] }}", "[1, 'a', None, True, 1.0]");
    assertRenders("{{ {'a': [1], 'b': {'c': 'd'}} }}", "{'a': [1], 'b': {'c': 'd'}}");
    assertRenders("{{ (1, 2) }}", "(1, 2)");
    assertRenders("{{ ['it\\'s', 'say \"x\"'] }}", "[\"it's\", 'say \"x\"']");
    assertRenders("{{ ['a\\nb\\t\\\\'] }}", "['a\\nb\\t\\\\']");
    assertRenders("{{ ['\\u00e9', '\\u200b'] }}", "['é', '\\u200b']");
  }

  @Test
  void floatsAreWrittenAsInPython() {
    assertRenders("{{ 1.0 }}", "1.0");
    assertRenders("{{ 0.1 + 0.2 }}", "0.30000000000000004");
    assertRenders("{{ 1e16 }}", "1e+16");
    assertRenders("{{ 1e15 }}", "1000000000000000.0");
    assertRenders("{{ 1e-5 }}", "1e-05");
    assertRenders("{{ 0.0001 }}", "0.0001");
    assertRenders("{{ 1e22 }}", "1e+22");
    assertRenders("{{ 123456789.125 }}", "123456789.125");
  }

  @Test
  void namesOfConstantsAreThoseOfPython() {
    assertRenders("{{ none }}{{ true }}{{ false }}", "NoneTrueFalse");
    assertRenders("{{ range(3) }}", "range(0, 3)");
    assertRenders("{{ range(0, 10, 3) | list }}", "[0, 3, 6, 9]");
  }
}
