/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Filters that change lists. The expected texts are those of jinja2. */
class SequenceFiltersTest {
  @Test
  void endsAreTaken() {
    assertRenders("{{ [1,2,3] | first }}{{ [1,2,3] | last }}", "13");
    assertRenders("[{{ [] | first }}]", "[]");
    assertRenders("{{ 'abc' | first }}", "a");
    assertRenders("{{ [1,2,3] | length }}{{ {'a':1} | count }}", "31");
  }

  @Test
  void listsAreSorted() {
    assertRenders("{{ [3,1,2] | sort }}", "[1, 2, 3]");
    assertRenders("{{ ['b','A','c'] | sort }}", "['A', 'b', 'c']");
    assertRenders("{{ ['b','A','c'] | sort(case_sensitive=true) }}", "['A', 'b', 'c']");
    assertRenders("{{ [1,2] | sort(reverse=true) }}", "[2, 1]");
    assertRenders(
        "{{ [{'k':2},{'k':1}] | sort(attribute='k') | map(attribute='k') | list }}", "[1, 2]");
    assertRenders("{{ {'b':1,'a':2} | dictsort }}", "[('a', 2), ('b', 1)]");
    assertRenders("{{ {'b':1,'a':2} | dictsort(false, 'value') }}", "[('b', 1), ('a', 2)]");
  }

  @Test
  void listsAreCutIntoPieces() {
    assertRenders("{{ [1,2,3,4,5] | batch(2) | list }}", "[[1, 2], [3, 4], [5]]");
    assertRenders("{{ [1,2,3] | batch(2, 0) | list }}", "[[1, 2], [3, 0]]");
    assertRenders("{{ [1,2,3,4,5] | slice(2) | list }}", "[[1, 2, 3], [4, 5]]");
    assertRenders("{{ [1,2,3] | slice(2, 'x') | list }}", "[[1, 2], [3, 'x']]");
  }

  @Test
  void listsAreJoinedAndReversed() {
    assertRenders("{{ [1,2] | join('-') }}", "1-2");
    assertRenders("{{ [{'a':1},{'a':2}] | join(',', attribute='a') }}", "1,2");
    assertRenders("{{ [1,2] | reverse | list }}", "[2, 1]");
    assertRenders("{{ 'ab' | reverse }}", "ba");
  }

  @Test
  void listsAreSummedAndCompared() {
    assertRenders("{{ [1,2.5] | sum }}", "3.5");
    assertRenders("{{ [{'a':1},{'a':2}] | sum(attribute='a', start=10) }}", "13");
    assertRenders("{{ [3,1] | min }}{{ [3,1] | max }}", "13");
    assertRenders("{{ ['b','A'] | min }}", "A");
    assertRenders("{{ [1,2,1] | unique | list }}", "[1, 2]");
    assertRenders("{{ ['a','A'] | unique | list }}", "['a']");
  }

  @Test
  void listsAreGrouped() {
    assertRenders(
        "{% for g, l in [{'k':1,'v':'a'},{'k':2,'v':'b'},{'k':1,'v':'c'}] | groupby('k') %}{{ g }}:{{ l | map(attribute='v') | join }};{% endfor %}",
        "1:ac;2:b;");
  }
}
