/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.dpo4j.config.value.ConfigException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class EndpointKeysTest {
  private static final String URL = "http://127.0.0.1:8000/v1";

  private static Endpoint open(String url, String name, Map<String, String> environment) {
    return new EndpointKeys("judge_base_url", "judge_api_key_env")
        .open(url, name, environment, Duration.ofSeconds(1));
  }

  @Test
  void theKeyIsThatOfTheVariableWithoutBlanksAround() {
    assertThat(open(URL, "MINE", Map.of("MINE", " sk-1234\n", "OPENAI_API_KEY", "other")).apiKey())
        .isEqualTo("sk-1234");
  }

  @Test
  void theUsualVariableNeedNotBeSet() {
    assertThat(open(URL, "OPENAI_API_KEY", Map.of()).apiKey()).isNull();
    assertThat(open(URL, "OPENAI_API_KEY", Map.of("OPENAI_API_KEY", " ")).apiKey()).isNull();
  }

  @Test
  void aVariableThatIsNamedButNotSetIsRefusedByItsOption() {
    assertThatThrownBy(() -> open(URL, "MINE", Map.of("OPENAI_API_KEY", "sk-1234")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("judge_api_key_env")
        .hasMessageContaining("names MINE, which is not set");
  }

  @Test
  void aKeyThatGoesUnencryptedToAnotherMachineIsWarnedAboutAndNotShown() {
    Logger logger = (Logger) LoggerFactory.getLogger(EndpointKeys.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    try {
      Map<String, String> key = Map.of("MINE", "sk-1234");
      open("https://judge.example/v1", "MINE", key);
      open("http://localhost:8000/v1", "MINE", key);
      open("http://judge.example/v1", "OPENAI_API_KEY", Map.of());
      assertThat(log.list).as("nothing can be read by others").isEmpty();
      open("http://judge.example/v1", "MINE", key);
    } finally {
      logger.detachAppender(log);
    }
    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "the key in MINE goes to http://judge.example/v1 unencrypted: prefer https");
  }

  @Test
  void anAddressThatIsNoneIsRefusedByItsOption() {
    assertThatThrownBy(() -> open("ftp://a.example", "OPENAI_API_KEY", Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("judge_base_url")
        .hasMessageContaining("ftp://a.example");
    assertThatThrownBy(() -> open("no address", "OPENAI_API_KEY", Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("judge_base_url");
  }
}
