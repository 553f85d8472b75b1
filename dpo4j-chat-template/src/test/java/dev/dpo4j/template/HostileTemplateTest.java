/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Templates that would hang or kill the trainer end as an error, without the JVM's last resorts.
 */
class HostileTemplateTest {

  static Stream<String> hostileTemplates() {
    String forever = "{% for i in range(100000) %}{% for j in range(100000) %}";
    String grow = "{% set ns = namespace(x=START) %}{% for i in range(100000) %}{% set ns.x = ";
    String end = "{% endfor %}";
    String nested = grow.replace("START", "[]") + "[ns.x] %}" + end;
    return Stream.of(
        forever + end + end,
        forever + "x" + end + end,
        grow.replace("START", "'aaaaaaaa'") + "ns.x ~ ns.x %}" + end,
        grow.replace("START", "[1]") + "ns.x + ns.x %}" + end,
        grow.replace("START", "[]") + "ns.x + ['a' * 10000000 ~ i] %}" + end,
        grow.replace("START", "7") + "ns.x * ns.x %}" + end,
        grow.replace("START", "[1]") + "ns.x|map('string') %}" + end + "{{ ns.x|list }}",
        nested + "{{ ns.x }}",
        nested + "{{ ns.x|tojson }}",
        nested + "{{ ns.x|pprint }}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
        "{{ 'a' * 10**18 }}",
        "{{ [1] * 10**9 }}",
        "{{ range(10**9) }}",
        "{{ 10 ** (10 ** 10) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ 'a'|center(2000000000) }}",
        "{{ 'a'|indent(2000000000, true) }}",
        "{{ [1]|batch(2000000000, 0)|list }}",
        "{{ [[1]]|tojson(indent=2000000000) }}",
        "{{ ('a' * 100000).replace('', 'b' * 100000) }}",
        "{{ ('a' * 100000)|join('b' * 100000) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(99) }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{{ " + "(".repeat(50000) + "1" + ")".repeat(50000) + " }}",
        "{{ " + "not ".repeat(50000) + "1 }}",
        "{{ 1" + " + 1".repeat(50000) + " }}",
        "{{ x" + ".y".repeat(50000) + " }}",
        "{% if 1 %}".repeat(50000) + "{% endif %}".repeat(50000));
  }

  @ParameterizedTest
  @MethodSource("hostileTemplates")
  void aHostileTemplateIsAnError(String template) {
    TemplateException error =
        catchThrowableOfType(
            TemplateException.class,
            () -> ChatTemplate.compile(template).render(Map.of("x", Map.of())));
    assertThat(error).isNotNull();
    assertThat(error.getCause() instanceof Error).isFalse();
  }
}
