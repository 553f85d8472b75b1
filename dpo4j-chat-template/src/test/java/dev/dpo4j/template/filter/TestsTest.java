/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** What the tests behind {@code is} say. The expected texts are those of jinja2. */
class TestsTest {
  @Test
  void kindsAreTold() {
    assertRenders(
        "{{ 1 is number }}{{ 1.0 is float }}{{ 1 is integer }}{{ true is boolean }}{{ true is number }}",
        "TrueTrueTrueTrueTrue");
    assertRenders(
        "{{ 'a' is string }}{{ [] is sequence }}{{ {} is mapping }}{{ 'a' is iterable }}{{ none is none }}{{ range is callable }}",
        "TrueTrueTrueTrueTrueTrue");
  }

  @Test
  void numbersAreTested() {
    assertRenders(
        "{{ 3 is odd }}{{ 3 is even }}{{ 9 is divisibleby 3 }}{{ 9 is divisibleby(2) }}",
        "TrueFalseTrueFalse");
  }

  @Test
  void valuesAreCompared() {
    assertRenders(
        "{{ 1 is eq 1 }}{{ 1 is ne 1 }}{{ 1 is lt 2 }}{{ 2 is ge 3 }}{{ 1 is in [1] }}",
        "TrueFalseTrueFalseTrue");
    assertRenders("{{ none is sameas none }}", "True");
  }

  @Test
  void lettersAreTested() {
    assertRenders("{{ 'ab' is lower }}{{ 'AB' is upper }}{{ 'Ab' is lower }}", "TrueTrueFalse");
  }

  @Test
  void namesAreTested() {
    assertRenders("{{ x is defined }}{{ x is undefined }}{{ x is not defined }}", "FalseTrueTrue");
  }
}
