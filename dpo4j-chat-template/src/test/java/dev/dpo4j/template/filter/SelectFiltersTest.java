/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Filters that keep some items. The expected texts are those of jinja2. */
class SelectFiltersTest {
  @Test
  void itemsAreKeptByTests() {
    assertRenders("{{ [1,2,3,4] | select('odd') | list }}", "[1, 3]");
    assertRenders("{{ [1,2,3,4] | reject('odd') | list }}", "[2, 4]");
    assertRenders("{{ [0,1,'',none] | select | list }}", "[1]");
    assertRenders("{{ [1,5] | select('gt', 3) | list }}", "[5]");
  }

  @Test
  void itemsAreKeptByTheirFields() {
    assertRenders(
        "{{ [{'a':1,'n':'x'},{'a':0,'n':'y'}] | selectattr('a') | map(attribute='n') | list }}",
        "['x']");
    assertRenders("{{ [{'a':1},{'a':2}] | rejectattr('a', 'equalto', 1) | list }}", "[{'a': 2}]");
    assertRenders("{{ [{'a':{'b':1}}] | selectattr('a.b', 'eq', 1) | list }}", "[{'a': {'b': 1}}]");
  }

  @Test
  void itemsAreMapped() {
    assertRenders("{{ ['a','b'] | map('upper') | list }}", "['A', 'B']");
    assertRenders("{{ [{'a':1},{}] | map(attribute='a', default=0) | list }}", "[1, 0]");
    assertRenders("{{ ['x'] | map('replace', 'x', 'y') | list }}", "['y']");
  }
}
