/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** How a template is cut into text, tags and literals. The expected texts are those of jinja2. */
class LexerTest {
  @Test
  void commentsAndRawBlocksAreTextOnly() {
    assertRenders("a{# {{ x }} #}b", "ab");
    assertRenders("{% raw %}{{ x }}{% y %}{% endraw %}", "{{ x }}{% y %}");
    assertRenders("{#- gone -#} c", "c");
    assertRenders("{% raw -%}  a{% endraw %}", "a");
  }

  @Test
  void stringsKnowTheEscapesOfPython() {
    assertRenders("{{ 'a\\nb' }}", "a\nb");
    assertRenders("{{ 'it\\'s' }}", "it's");
    assertRenders("{{ \"\\x41\\u00e9\\U0001F600\" }}", "Aé😀");
    assertRenders("{{ '\\\\' }}", "\\");
    assertRenders("{{ 'a\\qb' }}", "a\\qb");
  }

  @Test
  void numbersAreThoseOfPython() {
    assertRenders("{{ 1_000 }}", "1000");
    assertRenders("{{ 0x1F }}", "31");
    assertRenders("{{ 0b101 }}", "5");
    assertRenders("{{ 0o17 }}", "15");
    assertRenders("{{ 1.5e3 }}", "1500.0");
    assertRenders("{{ 1e-3 }}", "0.001");
    assertRenders("{{ 12.0 }}", "12.0");
  }

  @Test
  void blanksAroundTagsFollowTheMarks() {
    assertRenders("  {% if 1 %}\nx\n  {% endif %}\ny", "x\ny");
    assertRenders("a {%- if 1 -%} b {%- endif %} c", "ab c");
    assertRenders("a {{- 'b' -}} c", "abc");
    assertRenders("a\n{%+ if 1 %}x{% endif %}", "a\nx");
  }
}
