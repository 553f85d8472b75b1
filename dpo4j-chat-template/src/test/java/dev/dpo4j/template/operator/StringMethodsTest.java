/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** The methods of Python's str. The expected texts are those of jinja2. */
class StringMethodsTest {
  @Test
  void textsAreSplit() {
    assertRenders("{{ 'a b  c'.split() }}", "['a', 'b', 'c']");
    assertRenders("{{ 'a,b,c'.split(',', 1) }}", "['a', 'b,c']");
    assertRenders("{{ 'a,b,c'.rsplit(',', 1) }}", "['a,b', 'c']");
    assertRenders("{{ 'a\\nb\\r\\nc'.splitlines() }}", "['a', 'b', 'c']");
    assertRenders("{{ 'a=b=c'.partition('=') }}", "('a', '=', 'b=c')");
    assertRenders("{{ 'a=b=c'.rpartition('=') }}", "('a=b', '=', 'c')");
  }

  @Test
  void textsAreSearched() {
    assertRenders("{{ 'abcabc'.find('c') }}{{ 'abcabc'.rfind('c') }}{{ 'abc'.find('x') }}", "25-1");
    assertRenders("{{ 'aaa'.count('a') }}", "3");
    assertRenders("{{ 'abc'.startswith(('x','a')) }}{{ 'abc'.endswith('c') }}", "TrueTrue");
    assertRenders("{{ 'abc'.index('b') }}", "1");
  }

  @Test
  void textsAreStripped() {
    assertRenders("[{{ '  a '.strip() }}]", "[a]");
    assertRenders("[{{ 'xxaxx'.lstrip('x') }}]", "[axx]");
    assertRenders("[{{ 'xxaxx'.rstrip('x') }}]", "[xxa]");
    assertRenders(
        "{{ 'prefix-a'.removeprefix('prefix-') }}{{ 'a.txt'.removesuffix('.txt') }}", "aa");
  }

  @Test
  void casesChange() {
    assertRenders(
        "{{ 'hELLO wORLD'.title() }}{{ 'hELLO'.capitalize() }}{{ 'aB'.swapcase() }}",
        "Hello WorldHelloAb");
    assertRenders("{{ 'ß'.upper() }}{{ 'İ'.lower() | length }}{{ 'ẞ'.casefold() }}", "SS2ss");
  }

  @Test
  void kindsOfLettersAreTold() {
    assertRenders(
        "{{ 'a1'.isalnum() }}{{ 'a'.isalpha() }}{{ '1'.isdigit() }}{{ '²'.isdigit() }}{{ '²'.isdecimal() }}{{ '½'.isnumeric() }}{{ ' '.isspace() }}{{ ''.isalpha() }}",
        "TrueTrueTrueTrueFalseTrueTrueFalse");
  }

  @Test
  void textsArePaddedAndJoined() {
    assertRenders("{{ '7'.zfill(3) }}{{ '-7'.zfill(4) }}", "007-007");
    assertRenders(
        "[{{ 'a'.ljust(3) }}{{ 'a'.rjust(3, '.') }}{{ 'a'.center(4, '*') }}]", "[a  ..a*a**]");
    assertRenders("{{ '-'.join(['a','b']) }}", "a-b");
    assertRenders("{{ 'a\\tb'.expandtabs(4) }}", "a   b");
  }

  @Test
  void textsAreReplacedAndTranslated() {
    assertRenders("{{ 'aaa'.replace('a', 'b', 1) }}", "baa");
    assertRenders("{{ 'a{}b{x}'.format(1, x=2) }}", "a1b2");
    assertRenders("{{ '{:>5}|{:<5}|{:^5}'.format('a','b','c') }}", "    a|b    |  c  ");
  }
}
