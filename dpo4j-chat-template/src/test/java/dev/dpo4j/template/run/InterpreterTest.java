/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/**
 * What loops, scopes and macros do while a template runs. The expected texts are those of jinja2.
 */
class InterpreterTest {
  @Test
  void aLoopTellsItsPlace() {
    assertRenders(
        "{% for x in 'abc' %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
        "1032TrueFalse3;2121FalseFalse3;3210FalseTrue3;");
    assertRenders("{% for x in [1,2,3] %}{{ loop.cycle('a','b') }}{% endfor %}", "aba");
    assertRenders("{% for x in [1,1,2] %}{{ loop.changed(x) }}{% endfor %}", "TrueFalseTrue");
  }

  @Test
  void aLoopWithoutItemsTakesItsElse() {
    assertRenders("{% for x in [] %}a{% else %}b{% endfor %}", "b");
    assertRenders("{% for x in [1] %}a{% else %}b{% endfor %}", "a");
  }

  @Test
  void aLoopCanBeLeftAndContinued() {
    assertRenders(
        "{% for x in range(5) %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}", "012");
    assertRenders(
        "{% for x in range(4) %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
        "023");
  }

  @Test
  void aLoopCanCallItself() {
    assertRenders(
        "{% for x in [1, [2, [3]]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}{% endif %}{% endfor %}",
        "1(2(3))");
  }

  @Test
  void whatALoopSetsIsGoneBehindIt() {
    assertRenders(
        "{% set a = 1 %}{% for x in [2] %}{% set a = x %}{{ a }}{% endfor %}{{ a }}", "21");
    assertRenders(
        "{% set ns = namespace(a=1) %}{% for x in [2] %}{% set ns.a = x %}{% endfor %}{{ ns.a }}",
        "2");
  }

  @Test
  void aConditionSharesTheScopeAroundIt() {
    assertRenders("{% if 1 %}{% set a = 2 %}{% endif %}{{ a }}", "2");
  }

  @Test
  void aMacroSeesTheNamesOfTheTemplateButNotThoseOfItsCaller() {
    assertRenders(
        "{% set g = 1 %}{% macro m() %}{{ g }}{{ h is defined }}{% endmacro %}{% with h = 2 %}{{ m() }}{% endwith %}",
        "1False");
  }

  @Test
  void anUndefinedNameIsEmptyUntilItIsUsed() {
    assertRenders("[{{ nothing }}]", "[]");
    assertRenders("{{ nothing is undefined }}", "True");
    assertRenders("{{ nothing | default('d') }}", "d");
    assertRenders("{{ '' | default('d', true) }}", "d");
  }
}
