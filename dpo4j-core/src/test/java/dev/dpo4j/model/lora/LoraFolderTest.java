/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.model.family.ModelConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an adapter's configuration asks for is built, or refused by the name of its field. */
final class LoraFolderTest extends AdapterFixture {
  private Path write(String more) throws IOException {
    LoraConfig lora =
        new LoraConfig(2, 4, 0, EnumSet.of(LoraModule.Q_PROJ), false, false, Set.of());
    try (LoraAdapter adapter = LoraAdapter.fresh(config, lora, 1, base)) {
      LoraFolder.save(adapter, folder, folder);
    }
    Path file = folder.resolve(LoraFolder.CONFIG);
    String text = Files.readString(file);
    Matcher names = Pattern.compile("\"(\\w+)\":").matcher(more);
    while (names.find()) { // once in the file
      text = text.replaceAll("(?m)^ *\"" + names.group(1) + "\" : .*,\n", "");
    }
    return Files.writeString(file, text.replaceFirst("\\{", "{" + more + ","));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "init_lora_weights | \"pissa\"",
        "init_lora_weights | \"olora\"",
        "init_lora_weights | \"loftq\"",
        "layer_replication | [[0, 1]]",
        "alora_invocation_tokens | [3]",
        "layers_to_transform | [\"a\"]",
        "target_modules | \"(\"",
        "bias | \"some\"",
        "trainable_token_indices | [3]",
        "ensure_weight_tying | true",
        "lora_bias | true",
        "target_parameters | [\"mlp.experts\"]",
        "some_later_invention | {\"a\": 1}",
        "another_flag | true",
      })
  void fieldsThatAreNotBuiltOrNotKnownAreNamed(String field, String value) throws IOException {
    write("\"%s\": %s".formatted(field, value));
    assertThatThrownBy(() -> LoraFolder.read(folder))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining(LoraFolder.CONFIG)
        .hasMessageContaining(field + ": found " + value.replace(" ", "").substring(0, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"layers_to_transform\": null",
        "\"rank_pattern\": {}",
        "\"fan_in_fan_out\": true",
        "\"init_lora_weights\": \"gaussian\"",
        "\"ensure_weight_tying\": false",
        "\"some_later_invention\": null",
        "\"another_flag\": false",
        "\"megatron_core\": \"megatron.core\"",
        "\"qalora_group_size\": 16",
        "\"peft_version\": \"0.21.2\"",
        "\"exclude_modules\": [\"lm_head\"]",
      })
  void fieldsThatAskForNothingPass(String field) throws IOException {
    write(field);
    assertThat(LoraFolder.read(folder).config().r()).isEqualTo(2);
  }

  @Test
  void allThatIsWrongIsToldAtOnce() throws IOException {
    write("\"layer_replication\": [[0, 1]], \"use_bdlora\": true, \"new_thing\": 3");
    assertThatThrownBy(() -> LoraFolder.read(folder))
        .hasMessageContaining("layer_replication")
        .hasMessageContaining("use_bdlora")
        .hasMessageContaining("new_thing");
  }
}
