/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateErrorsTest {

  private static TemplateException error(String template) {
    return catchThrowableOfType(
        TemplateException.class,
        () -> ChatTemplate.compile(template).render(Map.of("l", List.of(1))));
  }

  @Test
  void aRaisedExceptionCarriesItsTextAndItsLine() {
    TemplateException error = error("a\nb\n{{ raise_exception('No ' ~ 'system role') }}");
    assertThat(error.line()).isEqualTo(3);
    assertThat(error.reason()).isEqualTo("No system role");
    assertThat(error).hasMessage("chat template, line 3: No system role");
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
          """
          {{ x.y }} => 'x' is undefined
          {{ l[0].a.b }} => 'int object' has no attribute 'a'
          {{ 'a' + 1 }} => can only concatenate str (not "int") to str
          {{ 1 / 0 }} => division by zero
          {{ l.append(2) }} => access to attribute 'append' of 'list' object is unsafe
          {{ l|nofilter }} => No filter named 'nofilter'
          {{ l is notest }} => No test named 'notest'
          {% include 'f' %} => may open no file
          {% import 'f' as g %} => may open no file
          {% if x %} => Unexpected end of template
          {% nosuch %} => unknown tag 'nosuch'
          {{ 'a }} => unexpected char
          {{ (1] }} => unexpected ']', expected ')'
          {{ x y }} => expected token 'end of print statement', got 'y'
          {% endfor %} => unknown tag 'endfor'
          {# open => Missing end of comment tag
          {% raw %} => Missing end of raw directive
          {% break %} => 'break' outside loop
          {{ ''.__class__() }} => '__class__'
          """)
  void everyErrorSaysWhatAndWhere(String template, String reason) {
    TemplateException error = error("first\n\n" + template);
    assertThat(error).hasMessageContaining("line 3").hasMessageContaining(reason);
    assertThat(error.line()).isEqualTo(3);
  }

  @Test
  void anErrorInAMacroTellsTheLineInsideOfTheMacro() {
    assertThat(error("{% macro m(x) %}\n{{ x.y.z }}\n{% endmacro %}\n{{ m(1) }}").line())
        .isEqualTo(2);
  }

  @Test
  void anIncludeThatIsNeverReachedIsNoError() {
    assertThat(ChatTemplate.compile("{% if x %}{% include 'f' %}{% endif %}ok").render(Map.of()))
        .hasToString("ok");
  }
}
