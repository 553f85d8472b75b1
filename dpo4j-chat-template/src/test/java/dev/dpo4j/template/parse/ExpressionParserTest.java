/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/**
 * Which operator binds tighter, and how chains are read. The expected texts are those of jinja2.
 */
class ExpressionParserTest {
  @Test
  void powersBindTighterThanSignsAndProducts() {
    assertRenders("{{ -2 ** 2 }}", "4");
    assertRenders("{{ 2 ** 3 ** 2 }}", "64");
    assertRenders("{{ 2 * 3 + 4 }}", "10");
    assertRenders("{{ 2 + 3 * 4 }}", "14");
    assertRenders("{{ 7 // 2 * 2 }}", "6");
    assertRenders("{{ 7 - 2 - 1 }}", "4");
  }

  @Test
  void comparisonsAreChained() {
    assertRenders("{{ 1 < 2 < 3 }}", "True");
    assertRenders("{{ 1 < 3 < 2 }}", "False");
    assertRenders("{{ 1 == 1 != 2 }}", "True");
    assertRenders("{{ 2 in [1, 2] }}", "True");
    assertRenders("{{ 3 not in [1, 2] }}", "True");
  }

  @Test
  void logicalOperatorsReturnTheirOperands() {
    assertRenders("{{ 0 or 'x' }}", "x");
    assertRenders("{{ 'a' and 'b' }}", "b");
    assertRenders("{{ not 0 and 1 }}", "1");
    assertRenders("{{ none or false }}", "False");
  }

  @Test
  void theTildeJoinsTextsBelowSums() {
    assertRenders("{{ 'a' ~ 1 ~ none }}", "a1None");
    assertRenders("{{ 'a' ~ 'b' * 2 }}", "abb");
  }

  @Test
  void aConditionalMayLackItsElse() {
    assertRenders("{{ 'a' if true }}", "a");
    assertRenders("[{{ 'a' if false }}]", "[]");
    assertRenders("{{ 'a' if false else 'b' if true else 'c' }}", "b");
  }

  @Test
  void filtersBindTighterThanOperators() {
    assertRenders("{{ -1 | abs }}", "1");
    assertRenders("{{ 'a' ~ 'b' | upper }}", "aB");
    assertRenders("{{ [1, 2] | length + 1 }}", "3");
    assertRenders("{{ 'x' is defined and 'y' is string }}", "True");
  }

  @Test
  void literalsNest() {
    assertRenders("{{ [1, 'a', (2, 3), {'k': [none]}] }}", "[1, 'a', (2, 3), {'k': [None]}]");
    assertRenders("{{ (1,) }}", "(1,)");
    assertRenders("{{ () }}", "()");
    assertRenders("{{ {} }}", "{}");
    assertRenders("{{ {'a': 1}['a'] }}", "1");
    assertRenders("{{ [1, 2, 3][-1] }}", "3");
  }
}
