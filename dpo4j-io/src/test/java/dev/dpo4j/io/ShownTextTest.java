/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ShownTextTest {
  private static final String KEY = "sk-a/b+c=d&e_0123456789";

  private static String hide(String text) {
    return ShownText.hide(text, KEY);
  }

  @Test
  void aSecretIsHiddenInEverySpelling() {
    String json = KEY.replace("/", "\\/");
    String unicode = KEY.replace("=", "\\u003d").replace("&", "\\u0026");
    String html = KEY.replace("&", "&amp;").replace("+", "&#43;").replace("/", "&#x2F;");
    String url = URLEncoder.encode(KEY, StandardCharsets.UTF_8);
    String twice = URLEncoder.encode(url, StandardCharsets.UTF_8);
    for (String spelling :
        new String[] {
          KEY, json, unicode, html, url, url.toLowerCase(java.util.Locale.ROOT), twice
        }) {
      assertThat(hide("<" + spelling + "> and " + spelling))
          .as(spelling)
          .isEqualTo("<(the key)> and (the key)");
    }
  }

  @Test
  void aSecretThatIsCutOffIsHiddenToo() {
    assertThat(hide("key " + KEY.substring(0, 15))).isEqualTo("key (the key)");
    assertThat(hide("key " + KEY.substring(0, 4))).isEqualTo("key sk-a");
  }

  @Test
  void otherTextStaysAsItIs() {
    for (String text : new String[] {"", "sk-other", "100 % \\ & &#", "%", "\\u00", "&amp"}) {
      assertThat(hide(text)).isEqualTo(text);
      assertThat(ShownText.hide(text, null)).isEqualTo(text);
    }
  }

  @Test
  void whatATerminalObeysStandsAsANumber() {
    assertThat(ShownText.line(" a\u001b[31mred\r\n\u0007b\u202ec "))
        .isEqualTo("a\\u001b[31mred \\u0007b\\u202ec");
    assertThat(ShownText.plain("a\tb\n你好\u009b")).isEqualTo("a\tb\n你好\\u009b");
  }
}
