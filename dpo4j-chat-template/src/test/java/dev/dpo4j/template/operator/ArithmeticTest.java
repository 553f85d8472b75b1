/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Sums, products and quotients as Python computes them. The expected texts are those of jinja2. */
class ArithmeticTest {
  @Test
  void quotientsAreThoseOfPython() {
    assertRenders("{{ 7 / 2 }}", "3.5");
    assertRenders("{{ -7 // 2 }}", "-4");
    assertRenders("{{ -7 % 3 }}", "2");
    assertRenders("{{ 7 % -3 }}", "-2");
    assertRenders("{{ 7.5 // 2 }}", "3.0");
    assertRenders("{{ 6 / 2 }}", "3.0");
  }

  @Test
  void numbersGrowWithoutBound() {
    assertRenders("{{ 2 ** 100 }}", "1267650600228229401496703205376");
    assertRenders("{{ 10 ** 20 + 1 }}", "100000000000000000001");
    assertRenders("{{ 2 ** -1 }}", "0.5");
  }

  @Test
  void listsAndTextsAreAddedAndRepeated() {
    assertRenders("{{ [1] + [2] }}", "[1, 2]");
    assertRenders("{{ 'a' * 3 }}", "aaa");
    assertRenders("{{ [0] * 2 }}", "[0, 0]");
    assertRenders("{{ (1,) + (2,) }}", "(1, 2)");
  }

  @Test
  void truthIsANumber() {
    assertRenders("{{ true + 1 }}", "2");
    assertRenders("{{ true == 1 }}", "True");
    assertRenders("{{ 1 == 1.0 }}", "True");
    assertRenders("{{ '1' == 1 }}", "False");
  }
}
