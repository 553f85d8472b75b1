/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One test a feature; the whole width is compared with jinja2 in the parity module. */
class RenderingTest {

  private static String render(String template) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "array");
    schema.put("items", "string");
    return ChatTemplate.compile(template)
        .render(Map.of("l", List.of(3, 1, 2), "schema", schema, "given", "G"))
        .text();
  }

  @Test
  void aBlockTagTakesItsLine() {
    assertThat(render("a\n  {% if true %}\n  b\n  {% endif %}\nc\n")).isEqualTo("a\n  b\nc");
  }

  @Test
  void aMinusTakesAllWhiteSpaceAndAPlusKeepsIt() {
    assertThat(render("a \n {{- 'b' -}} \n c")).isEqualTo("abc");
    assertThat(render("a\n  {%+ if true +%}\nb{% endif %}")).isEqualTo("a\n  \nb");
  }

  @Test
  void rawTextStaysRaw() {
    assertThat(render("{% raw %}{{ x }}{% endraw %}")).isEqualTo("{{ x }}");
  }

  @Test
  void aLoopKnowsItsPlaceAndItsNeighbours() {
    assertThat(
            render(
                "{% for x in l %}{{ loop.index }}{{ loop.previtem }}<{{ x }}>"
                    + "{{ loop.nextitem }}{{ ';' if not loop.last }}{% endfor %}"))
        .isEqualTo("1<3>1;23<1>2;31<2>");
  }

  @Test
  void aLoopFiltersUnpacksBreaksAndHasAnElse() {
    assertThat(
            render(
                "{% for k, v in {'a': 1, 'b': 2}.items() if v > 1 %}{{ k }}{% endfor %}"
                    + "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}"
                    + "{% for x in [] %}{% else %}none{% endfor %}"))
        .isEqualTo("b3none");
  }

  @Test
  void anAssignmentStaysInItsLoopButANamespaceKeepsIt() {
    assertThat(
            render(
                "{% set n = 0 %}{% set ns = namespace(n=0) %}{% for x in l %}{% set n = n + x %}"
                    + "{% set ns.n = ns.n + x %}{% endfor %}{{ n }} {{ ns.n }}"))
        .isEqualTo("0 6");
  }

  @Test
  void aNameThatIsSetLaterHidesTheVariableUntilThen() {
    assertThat(render("{% for x in [1] %}[{{ given }}]{% endfor %}{% set given = 1 %}"))
        .isEqualTo("[]");
    assertThat(render("{{ given }}{% set given = 1 %}{{ given }}")).isEqualTo("G1");
  }

  @Test
  void aMacroTakesDefaultsMoreArgumentsAndACaller() {
    assertThat(
            render(
                "{% macro m(a, b=a) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}"
                    + "{{ m(1) }}{{ m(1, 2, 3, c=4) }}"))
        .isEqualTo("11(){}12(3,){'c': 4}");
    assertThat(
            render(
                "{% macro m() %}<{{ caller('x') }}>{% endmacro %}"
                    + "{% call(y) m() %}{{ y }}!{% endcall %}"))
        .isEqualTo("<x!>");
  }

  @Test
  void theDotFindsMethodsFirstAndTheBracketItems() {
    assertThat(render("{{ schema['items'] }} {{ schema.items()|list }}"))
        .isEqualTo("string [('type', 'array'), ('items', 'string')]");
  }

  @Test
  void textIsCountedInCodePoints() {
    assertThat(render("{% set s = 'a😀b' %}{{ s|length }}{{ s[1] }}{{ s[::-1] }}{{ s.find('b') }}"))
        .isEqualTo("3😀b😀a2");
  }

  @Test
  void numbersFollowPython() {
    assertThat(
            render(
                "{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 70 }} {{ 0.1 + 0.2 }} {{ 1e16 }}"))
        .isEqualTo("-4 2 3.5 1180591620717411303424 0.30000000000000004 1e+16");
  }

  @Test
  void valuesPrintAsInPython() {
    assertThat(render("{{ [none, true, 1.0, \"it's\", 'a\\n', (1,), {'k': []}] }}"))
        .isEqualTo("[None, True, 1.0, \"it's\", 'a\\n', (1,), {'k': []}]");
  }

  @Test
  void jsonIsWrittenAsPythonWritesIt() {
    assertThat(render("{{ {'a': [1, 2.0, none], 'é': '<\"'}|tojson }}"))
        .isEqualTo("{\"a\": [1, 2.0, null], \"é\": \"<\\\"\"}");
    assertThat(render("{{ {'b': 1, 'a': []}|tojson(indent=2, sort_keys=true) }}"))
        .isEqualTo("{\n  \"a\": [],\n  \"b\": 1\n}");
  }

  @Test
  void whatIsUndefinedPrintsNothingAndIsFalse() {
    assertThat(
            render(
                "[{{ x }}]{{ x is defined }}{{ schema.x or 'no' }}{{ x|default('d') }}{{ x|length }}"))
        .isEqualTo("[]Falsenod0");
  }

  @Test
  void aSelectionIsTrueEvenWhereNothingIsSelected() {
    assertThat(render("{{ 'yes' if l|select('gt', 5) else 'no' }}{{ l|select('gt', 5)|list }}"))
        .isEqualTo("yes[]");
  }

  @Test
  void stringMethodsTakeArguments() {
    assertThat(
            render(
                "{{ 'a-b-c'.split('-', 1) }}{{ 'xxaxx'.strip('x') }}{{ 'a\\n\\n'.rstrip('\\n') }}"
                    + "{{ 'abc'.startswith(('x', 'a')) }}{{ '{:>4}|{!r}'.format(1, 'q') }}"))
        .isEqualTo("['a', 'b-c']aaTrue   1|'q'");
  }
}
