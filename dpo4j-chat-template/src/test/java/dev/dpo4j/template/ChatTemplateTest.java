/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChatTemplateTest {
  private static final String CHATML =
      """
      {%- for message in messages %}
          {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}
          {{- '<|im_start|>assistant\\n' }}
      {%- endif %}
      """;

  @Test
  void aConversationIsWrittenOut() {
    String text =
        ChatTemplate.compile(CHATML)
            .render(
                Map.of(
                    "messages",
                    List.of(Map.of("role", "user", "content", "你好")),
                    "add_generation_prompt",
                    true))
            .text();
    assertThat(text).isEqualTo("<|im_start|>user\n你好<|im_end|>\n<|im_start|>assistant\n");
  }

  @Test
  void oneTemplateRendersManyConversations() {
    ChatTemplate template =
        ChatTemplate.compile("{% set x = y %}{{ x }}{% set y = 'lost' %}{{ y }}");
    assertThat(template.render(Map.of("y", 1)).text()).isEqualTo("1lost");
    assertThat(template.render(Map.of("y", 2)).text()).isEqualTo("2lost");
  }

  @Test
  void everyKindOfValueIsTaken() {
    Map<String, Object> values = new HashMap<>();
    values.put("a", null);
    values.put("b", Arrays.asList(1, 2L, (short) 3, 1.5, 0.5f, true, null, "x"));
    values.put("c", Map.of("k", new BigInteger("123456789012345678901234567890")));
    assertThat(ChatTemplate.compile("{{ a }} {{ b }} {{ c }}").render(values).text())
        .isEqualTo(
            "None [1, 2, 3, 1.5, 0.5, True, None, 'x'] {'k': 123456789012345678901234567890}");
  }

  @Test
  void anotherKindOfValueIsRefusedWithItsName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChatTemplate.compile("").render(Map.of("when", List.of(Instant.EPOCH))))
        .withMessageContaining("'when'")
        .withMessageContaining("java.time.Instant");
  }

  @Test
  void theClockIsGiven() {
    Clock clock = Clock.fixed(Instant.parse("2024-07-04T15:06:07Z"), ZoneOffset.UTC);
    String template = "{{ strftime_now('%d %b %Y, %-d.%-m., %A %H:%M') }}";
    assertThat(ChatTemplate.compile(template, clock).render(Map.of()).text())
        .isEqualTo("04 Jul 2024, 4.7., Thursday 15:06");
  }

  @Test
  void generationsAreGivenAsOffsets() {
    String template =
        "{% for m in m %}{{ m.r }}:{% if m.r == 'a' %}{% generation %}{{ m.c }}."
            + "{% endgeneration %}{% else %}{{ m.c }}{% endif %}{% endfor %}";
    Rendered rendered =
        ChatTemplate.compile(template)
            .render(Map.of("m", List.of(Map.of("r", "u", "c", "😀"), Map.of("r", "a", "c", "é"))));
    assertThat(rendered.text()).isEqualTo("u:😀a:é.");
    assertThat(rendered.generationSpans()).containsExactly(new Span(6, 8));
    assertThat(rendered.text().substring(6, 8)).isEqualTo("é.");
  }

  @Test
  void aGenerationInsideAMacroIsFoundWhereTheMacroIsPrinted() {
    String template =
        "{% macro m(x) %}<{% generation %}{{ x }}{% endgeneration %}>{% endmacro %}a{{ m('b') }}c";
    assertThat(ChatTemplate.compile(template).render(Map.of()).generationSpans())
        .containsExactly(new Span(2, 3));
  }

  @Test
  void aGenerationThatWasChangedLaterHasNoPlaceButTheTextIsRight() {
    String template = "{% filter upper %}{% generation %}abc{% endgeneration %}{% endfilter %}";
    Rendered rendered = ChatTemplate.compile(template).render(Map.of());
    assertThat(rendered.text()).isEqualTo("ABC");
    org.assertj.core.api.Assertions.assertThatThrownBy(rendered::generationSpans)
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("generation");
  }
}
