/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowFault;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PairLayoutsTest {
  private static Row read(String json) {
    Map<String, @Nullable Object> columns = new LinkedHashMap<>();
    ((Map<?, ?>) JsonRows.parse(json))
        .forEach((name, value) -> columns.put(name.toString(), value));
    return RowShape.AUTO.apply(new Row(0, new Origin("rows.jsonl", 1), columns));
  }

  private static Map<String, String> message(String role, String content) {
    return Map.of("role", role, "content", content);
  }

  @Test
  void aQuestionBesideTwoAnswersIsWhatTheUserSays() {
    Map<String, @Nullable Object> row =
        read("{\"system\": \"s\", \"question\": \"q\", \"chosen\": \"c\", \"rejected\": \"r\"}")
            .columns();
    assertThat(row.get("prompt")).isEqualTo(List.of(message("system", "s"), message("user", "q")));
    assertThat(row.get("chosen")).isEqualTo(List.of(message("assistant", "c")));
    assertThat(row.get("rejected")).isEqualTo(List.of(message("assistant", "r")));
  }

  @Test
  void argillasResponsesAndRatingsAreRead() {
    Map<String, @Nullable Object> row =
        read("{\"instruction\": \"q\", \"chosen_response\": \"c\", \"rejected_response\": \"r\","
                + " \"chosen_rating\": 4.5, \"rejected_rating\": 2}")
            .columns();
    assertThat(row.get("prompt")).isEqualTo(List.of(message("user", "q")));
    assertThat(row.get("chosen")).isEqualTo(List.of(message("assistant", "c")));
    assertThat(((Number) row.get("score_chosen")).doubleValue()).isEqualTo(4.5);
    assertThat(((Number) row.get("score_rejected")).doubleValue()).isEqualTo(2);
  }

  @Test
  void preferredOutputsOfOpenAiAreRead() {
    Map<String, @Nullable Object> row =
        read("{\"input\": {\"messages\": [{\"role\": \"user\", \"content\": \"q\"}]},"
                + " \"preferred_output\": [{\"role\": \"assistant\", \"content\": \"c\"}],"
                + " \"non_preferred_output\": [{\"role\": \"assistant\", \"content\": \"r\"}]}")
            .columns();
    assertThat(row.get("prompt")).isEqualTo(List.of(message("user", "q")));
    assertThat(row.get("chosen")).isEqualTo(List.of(message("assistant", "c")));
    assertThat(row.get("rejected")).isEqualTo(List.of(message("assistant", "r")));
    assertThatThrownBy(
            () ->
                read(
                    "{\"input\": \"q\", \"preferred_output\": [1], \"non_preferred_output\": [1]}"))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining("input must be an object with messages");
  }

  @Test
  void theWinnerOfAnArenaIsTheBetterAnswer() {
    String rows =
        "{\"conversation_a\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\","
            + " \"content\": \"x\"}], \"conversation_b\": [{\"role\": \"user\", \"content\":"
            + " \"q\"}, {\"role\": \"assistant\", \"content\": \"y\"}], \"winner\": \"WINNER\"}";
    Row.Ranked b = read(rows.replace("WINNER", "model_b")).found().ranked();
    assertThat(b).isNotNull();
    assertThat(b.scores()).containsExactly(0.0, 1.0);
    Row.Ranked tie = read(rows.replace("WINNER", "tie (bothbad)")).found().ranked();
    assertThat(tie).isNotNull();
    assertThat(tie.scores()).containsExactly(0.0, 0.0);
    assertThatThrownBy(() -> read(rows.replace("WINNER", "me")))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining("model_a, model_b or tie");
  }

  @Test
  void responsesOfStackExchangeAndOfSwiftAreRead() {
    assertThat(
            read("{\"question\": \"q\", \"response_j\": \"c\", \"response_k\": \"r\"}")
                .columns()
                .get("chosen"))
        .isEqualTo(List.of(message("assistant", "c")));
    Map<String, @Nullable Object> row =
        read("{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\","
                + " \"content\": \"c\"}], \"rejected_response\": \"r\"}")
            .columns();
    assertThat(row.get("prompt")).isEqualTo(List.of(message("user", "q")));
    assertThat(row.get("rejected")).isEqualTo(List.of(message("assistant", "r")));
  }
}
