/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Filters that change texts. The expected texts are those of jinja2. */
class TextFiltersTest {
  @Test
  void lettersChangeTheirCase() {
    assertRenders("{{ 'aBc dE' | capitalize }}", "Abc de");
    assertRenders("{{ 'ab-cd ef' | title }}", "Ab-Cd Ef");
    assertRenders("{{ 'Ab' | lower }}{{ 'Ab' | upper }}", "abAB");
  }

  @Test
  void textsAreTrimmedCentredAndIndented() {
    assertRenders("[{{ '  a ' | trim }}]", "[a]");
    assertRenders("[{{ 'xaxx' | trim('x') }}]", "[a]");
    assertRenders("[{{ 'a' | center(5) }}]", "[  a  ]");
    assertRenders("{{ 'a\\nb\\n\\nc' | indent }}", "a\n    b\n\n    c");
    assertRenders("{{ 'a\\nb' | indent(2, true) }}", "  a\n  b");
    assertRenders("{{ 'a\\n\\nb' | indent(1, blank=true) }}", "a\n \n b");
  }

  @Test
  void textsAreReplacedTruncatedAndCounted() {
    assertRenders("{{ 'aaa' | replace('a', 'b', 2) }}", "bba");
    assertRenders("{{ 'hello big world' | truncate(9) }}", "hello...");
    assertRenders("{{ 'hello big world' | truncate(9, true) }}", "hello ...");
    assertRenders("{{ 'hello' | truncate(6) }}", "hello");
    assertRenders("{{ 'one two  three' | wordcount }}", "3");
  }

  @Test
  void markupIsEscapedAndStripped() {
    assertRenders("{{ '<a href=\"x\">' | escape }}", "&lt;a href=&#34;x&#34;&gt;");
    assertRenders("{{ '<b>a</b>  c' | striptags }}", "a c");
    assertRenders("{{ '<' | e | e }}", "&lt;");
    assertRenders("{{ '<' | safe }}", "<");
  }

  @Test
  void longLinesAreWrapped() {
    assertRenders("{{ 'the quick brown fox' | wordwrap(9) }}", "the quick\nbrown fox");
    assertRenders("{{ 'abcdefghij' | wordwrap(4) }}", "abcd\nefgh\nij");
  }

  @Test
  void placeholdersAreFilled() {
    assertRenders("{{ '%s-%03d' | format('a', 7) }}", "a-007");
    assertRenders("{{ 'a b&c/ä' | urlencode }}", "a%20b%26c/%C3%A4");
  }
}
