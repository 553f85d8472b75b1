/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Filters that turn values into others. The expected texts are those of jinja2. */
class ValueFiltersTest {
  @Test
  void textsBecomeNumbers() {
    assertRenders("{{ '42' | int }}", "42");
    assertRenders("{{ 'x' | int }}", "0");
    assertRenders("{{ 'x' | int(7) }}", "7");
    assertRenders("{{ '0x1f' | int(0, 16) }}", "31");
    assertRenders("{{ '1.9' | int }}", "1");
    assertRenders("{{ '3.5' | float }}", "3.5");
    assertRenders("{{ 'x' | float(1.5) }}", "1.5");
  }

  @Test
  void numbersAreRounded() {
    assertRenders("{{ 2.5 | round }}", "2.0");
    assertRenders("{{ 3.14159 | round(2) }}", "3.14");
    assertRenders("{{ 2.1 | round(0, 'ceil') }}", "3.0");
    assertRenders("{{ 2.9 | round(method='floor') }}", "2.0");
    assertRenders("{{ -3 | abs }}", "3");
  }

  @Test
  void valuesBecomeListsAndTexts() {
    assertRenders("{{ 'ab' | list }}", "['a', 'b']");
    assertRenders("{{ {'a':1} | list }}", "['a']");
    assertRenders("{{ 3 | string + 'x' }}", "3x");
    assertRenders("{{ {'a':1} | items | list }}", "[('a', 1)]");
  }

  @Test
  void sizesAreWrittenForPeople() {
    assertRenders("{{ 1000 | filesizeformat }}", "1.0 kB");
    assertRenders("{{ 1 | filesizeformat }}", "1 Byte");
    assertRenders("{{ 1048576 | filesizeformat(true) }}", "1.0 MiB");
  }

  @Test
  void valuesBecomeJson() {
    assertRenders(
        "{{ {'a': [1, 2.0, none, true], 'é': '\\n\"'} | tojson }}",
        "{\"a\": [1, 2.0, null, true], \"é\": \"\\n\\\"\"}");
    assertRenders("{{ [1] | tojson(indent=2) }}", "[\n  1\n]");
    assertRenders("{{ {'b':1,'a':2} | tojson(sort_keys=true) }}", "{\"a\": 2, \"b\": 1}");
    assertRenders("{{ 'é' | tojson(ensure_ascii=true) }}", "\"\\u00e9\"");
    assertRenders("{{ {'a':1,'b':2} | tojson(separators=(',', ':')) }}", "{\"a\":1,\"b\":2}");
  }
}
