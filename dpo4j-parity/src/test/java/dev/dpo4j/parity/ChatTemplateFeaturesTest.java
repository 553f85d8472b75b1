/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.template.ChatTemplate;
import dev.dpo4j.template.Rendered;
import dev.dpo4j.template.Span;
import dev.dpo4j.template.TemplateException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * More than a thousand small templates, one feature each, against what jinja2 3.1.6 writes. The
 * expectations come from {@code src/test/python/chat_template_cases.py}.
 */
class ChatTemplateFeaturesTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2024-07-04T15:06:07Z"), ZoneOffset.UTC);

  @Test
  void everyFeatureRendersAsInJinja() throws IOException {
    JsonNode all = cases();
    Map<String, Object> variables = variables(all);
    SoftAssertions softly = new SoftAssertions();
    int checked = 0;
    for (JsonNode test : all.get("cases")) {
      if (!test.get(1).isNull()) {
        checked++;
        String template = test.get(0).asString();
        try {
          Rendered rendered = ChatTemplate.compile(template, CLOCK).render(variables);
          softly.assertThat(rendered.text()).as(template).isEqualTo(test.get(1).asString());
          softly.assertThat(rendered.generationSpans()).as(template).isEqualTo(spans(test.get(2)));
        } catch (TemplateException e) {
          softly.fail(template + " raised " + e.getMessage());
        }
      }
    }
    softly.assertAll();
    assertThat(checked).isGreaterThan(900);
  }

  @Test
  void whatJinjaRefusesIsRefusedAtTheSameLine() throws IOException {
    JsonNode all = cases();
    Map<String, Object> variables = variables(all);
    SoftAssertions softly = new SoftAssertions();
    for (JsonNode test : all.get("cases")) {
      if (test.get(1).isNull()) {
        String template = test.get(0).asString();
        TemplateException error =
            catchThrowableOfType(
                TemplateException.class,
                () -> ChatTemplate.compile(template, CLOCK).render(variables));
        softly.assertThat(error).as(template).isNotNull();
        if (error != null && !test.get(3).isNull()) {
          softly.assertThat(error.line()).as(template).isEqualTo(test.get(3).asInt());
        }
      }
    }
    softly.assertAll();
  }

  private static JsonNode cases() throws IOException {
    try (InputStream in =
        ChatTemplateFeaturesTest.class.getResourceAsStream("/chat-templates/features.json")) {
      return JSON.readTree(Objects.requireNonNull(in, "features.json"));
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> variables(JsonNode all) {
    return JSON.convertValue(all.get("variables"), Map.class);
  }

  private static List<Span> spans(JsonNode expected) {
    List<Span> spans = new ArrayList<>();
    for (JsonNode span : expected) {
      spans.add(new Span(span.get(0).asInt(), span.get(1).asInt()));
    }
    return spans;
  }
}
