/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Places and stretches of lists and texts. The expected texts are those of jinja2. */
class SlicesTest {
  @Test
  void stretchesAreTaken() {
    assertRenders("{{ [0,1,2,3,4][1:3] }}", "[1, 2]");
    assertRenders("{{ [0,1,2,3,4][::-1] }}", "[4, 3, 2, 1, 0]");
    assertRenders("{{ [0,1,2,3,4][-2:] }}", "[3, 4]");
    assertRenders("{{ [0,1,2,3,4][::2] }}", "[0, 2, 4]");
    assertRenders("{{ 'hello'[1:-1] }}", "ell");
    assertRenders("{{ 'hello'[::-1] }}", "olleh");
    assertRenders("{{ [1][5:] }}", "[]");
  }

  @Test
  void fieldsAreFound() {
    assertRenders("{{ {'a': {'b': 1}}.a.b }}", "1");
    assertRenders("{{ {'items': 1}['items'] }}", "1");
    assertRenders("[{{ {'a': 1}.b }}]", "[]");
    assertRenders("{{ {'a': 1}.get('b', 2) }}", "2");
    assertRenders(
        "{{ {'a':1}.keys() | list }}{{ {'a':1}.values() | list }}{{ {'a':1}.items() | list }}",
        "['a'][1][('a', 1)]");
  }
}
