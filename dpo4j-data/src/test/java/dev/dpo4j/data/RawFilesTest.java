/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.TrainingText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Real files in LLaMA-Factory's forms: counts, and three rows of each looked up by hand. */
class RawFilesTest {
  private static Path raw(String name) {
    String shared = System.getenv("DPO4J_SHARED");
    if (shared == null || shared.isBlank()) {
      Assumptions.abort("DPO4J_SHARED is not set");
    }
    Path file = Path.of(shared, "data/raw", name);
    assertThat(file).as("DPO4J_SHARED is set").matches(Files::exists);
    return file;
  }

  private static String text(Message message) {
    return String.valueOf(message.fields().get("content"));
  }

  /** Characters as Python counts them. */
  private static int length(Message message) {
    String text = text(message);
    return text.codePointCount(0, text.length());
  }

  private static String roles(List<Message> messages) {
    return messages.stream().map(m -> m.role().substring(0, 1)).collect(Collectors.joining());
  }

  @Test
  void alpaca() {
    List<TrainingText.ChatCompletion> rows = new ArrayList<>();
    TrainingRows.read(raw("alpaca_zh_demo.json"), "train")
        .forEachSupervised(row -> rows.add((TrainingText.ChatCompletion) row));
    assertThat(rows).hasSize(1000);
    assertThat(rows).allSatisfy(row -> assertThat(roles(row.prompt())).isEqualTo("u"));
    assertThat(rows).allSatisfy(row -> assertThat(row.info().ignored()).isEmpty());
    assertThat(text(rows.get(0).prompt().get(0))).isEqualTo("识别并解释给定列表中的两个科学理论：细胞理论和日心说。");
    assertThat(length(rows.get(0).completion().get(0))).isEqualTo(269);
    assertThat(text(rows.get(1).prompt().get(0)))
        .isEqualTo("输入三支篮球队的名称并生成一个适当的口号。\n输入：俄克拉荷马城雷霆队，芝加哥公牛队，布鲁克林网队。");
    assertThat(length(rows.get(1).completion().get(0))).isEqualTo(25);
    assertThat(text(rows.get(999).prompt().get(0))).isEqualTo("描述安第斯山脉的位置。");
    assertThat(length(rows.get(999).completion().get(0))).isEqualTo(174);
  }

  @Test
  void shareGptPairs() {
    List<ChatPair> rows = new ArrayList<>();
    PreferenceRows.read(raw("dpo_zh_demo.json")).forEach(row -> rows.add((ChatPair) row));
    assertThat(rows).hasSize(300);
    Map<String, Long> prompts =
        rows.stream()
            .collect(Collectors.groupingBy(row -> roles(row.prompt()), Collectors.counting()));
    assertThat(prompts).isEqualTo(Map.of("u", 236L, "su", 64L));
    assertThat(rows).allSatisfy(row -> assertThat(roles(row.chosen())).isEqualTo("a"));
    assertThat(length(rows.get(0).prompt().get(0))).isEqualTo(1492);
    assertThat(text(rows.get(0).chosen().get(0))).startsWith("计算推文的政党边际概率，我们");
    assertThat(length(rows.get(0).rejected().get(0))).isEqualTo(1004);
    assertThat(length(rows.get(150).chosen().get(0))).isEqualTo(553);
    assertThat(length(rows.get(150).rejected().get(0))).isEqualTo(58);
    assertThat(text(rows.get(299).chosen().get(0))).isEqualTo("B. 检查结果");
    assertThat(text(rows.get(299).rejected().get(0))).isEqualTo("C. 参与讨论");
    // The first row of the file stands on its second line, behind the bracket.
    assertThat(rows.get(0).info().origin().line()).isEqualTo(2);
  }

  @Test
  void shareGptWithToolCalls() {
    List<TrainingText.Conversation> rows = new ArrayList<>();
    TrainingRows.read(raw("glaive_toolcall_en_demo.json"), "train")
        .forEachSupervised(row -> rows.add((TrainingText.Conversation) row));
    assertThat(rows).hasSize(300);
    assertThat(rows.stream().flatMap(row -> row.messages().stream()))
        .filteredOn(message -> message.fields().containsKey("tool_calls"))
        .hasSize(211)
        .allSatisfy(message -> assertThat(message.role()).isEqualTo("assistant"));
    assertThat(rows.stream().flatMap(row -> row.messages().stream()))
        .filteredOn(message -> message.role().equals("tool"))
        .hasSize(211);
    assertThat(rows).filteredOn(row -> row.context().tools() != null).hasSize(191);
    TrainingText.Conversation first = rows.get(0);
    assertThat(roles(first.messages())).isEqualTo("uauataua");
    assertThat(String.valueOf(first.messages().get(3).fields().get("tool_calls")))
        .isEqualTo(
            "[{type=function, function={name=search_recipes, arguments={ingredients=[chicken, bell peppers, rice]}}}]");
    assertThat(length(first.messages().get(4))).isEqualTo(495);
    assertThat(String.valueOf(first.context().tools()))
        .startsWith("[{type=function, function={name=search_recipes, description=Search for");
    assertThat(roles(rows.get(150).messages())).isEqualTo("uauauauaua");
    assertThat(length(rows.get(150).messages().get(9))).isEqualTo(429);
    assertThat(rows.get(299).messages())
        .extracting(RawFilesTest::length)
        .containsExactly(364, 1230, 101, 1023);
  }

  @Test
  void messagesWithLabels() {
    List<TrainingText.ChatCompletion> rows = new ArrayList<>();
    TrainingRows.read(raw("kto_en_demo.json"), "train")
        .forEachLabelled(row -> rows.add((TrainingText.ChatCompletion) row));
    assertThat(rows).hasSize(300);
    assertThat(rows).filteredOn(row -> Boolean.TRUE.equals(row.label())).hasSize(150);
    assertThat(rows).allSatisfy(row -> assertThat(roles(row.completion())).isEqualTo("a"));
    assertThat(rows.get(0).label()).isTrue();
    assertThat(length(rows.get(0).prompt().get(0))).isEqualTo(324);
    assertThat(length(rows.get(0).completion().get(0))).isEqualTo(457);
    assertThat(rows.get(150).label()).isFalse();
    assertThat(text(rows.get(150).completion().get(0))).startsWith("83265 / 305 = 275.43");
    assertThat(text(rows.get(299).completion().get(0))).isEqualTo("ભારત");
    assertThat(length(rows.get(299).prompt().get(0))).isEqualTo(724);
  }
}
