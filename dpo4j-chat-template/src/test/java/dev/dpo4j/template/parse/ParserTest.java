/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Statements and their blocks. The expected texts are those of jinja2. */
class ParserTest {
  @Test
  void aChainOfConditionsTakesTheFirstThatHolds() {
    assertRenders("{% if 0 %}a{% elif 1 %}b{% elif 1 %}c{% else %}d{% endif %}", "b");
    assertRenders("{% if 0 %}a{% elif 0 %}b{% else %}c{% endif %}", "c");
  }

  @Test
  void severalNamesAreSetAtOnce() {
    assertRenders("{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12");
    assertRenders("{% set a %}x{{ 1 }}{% endset %}[{{ a }}]", "[x1]");
    assertRenders("{% set a | upper %}x{% endset %}{{ a }}", "X");
    assertRenders("{% set ns = namespace(n=1) %}{% set ns.n = 2 %}{{ ns.n }}", "2");
  }

  @Test
  void aWithBlockKeepsItsNames() {
    assertRenders(
        "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}[{{ a is defined }}]", "3[False]");
  }

  @Test
  void aFilterBlockActsOnItsText() {
    assertRenders("{% filter upper %}a{{ 'b' }}{% endfilter %}", "AB");
  }

  @Test
  void aMacroIsCalledWithItsBlock() {
    assertRenders(
        "{% macro m(x, y='d') %}{{ x }}{{ y }}{% endmacro %}{{ m(1) }}{{ m(1, y=2) }}", "1d12");
    assertRenders(
        "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}in{% endcall %}", "<in>");
    assertRenders(
        "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, a=2) }}", "(1,){'a': 2}");
  }
}
