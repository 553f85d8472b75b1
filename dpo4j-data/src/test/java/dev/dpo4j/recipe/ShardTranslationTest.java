/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.config.dialect.KeyNames;
import dev.dpo4j.config.dialect.Translation;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Scalar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShardTranslationTest {
  private static final KeyNames ALL =
      new KeyNames() {
        @Override
        public Collection<String> all() {
          return List.of();
        }

        @Override
        public boolean isKnown(String name) {
          return true;
        }

        @Override
        public boolean isBoolean(String name) {
          return false;
        }
      };

  private static Translation translate(RecipeFormat format, Map<String, Value> settings) {
    List<Setting> file = new ArrayList<>();
    file.add(new Setting("config_format", RecipeValues.text(format.configName()), "r.yaml:1"));
    settings.forEach((key, value) -> file.add(new Setting(key, value, "r.yaml:2")));
    return new RecipeDialect(RecipeMethod.DPO).translate(List.of(file, List.of()), ALL);
  }

  private static List<String> shard(Translation found) {
    assertThat(found.faults()).isEmpty();
    return found.sources().get(0).stream()
        .filter(setting -> setting.key().equals("shard"))
        .map(setting -> RecipeValues.show(setting.value()))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "fsdp, full_shard auto_wrap, full_shard, full",
    "fsdp, hybrid_shard, full_shard, full",
    "fsdp, shard_grad_op auto_wrap, shard_grad_op, optimizer",
    "deepspeed, examples/deepspeed/ds_z3_config.json, stage 3, full",
    "deepspeed, deepspeed_configs/zero2.json, stage 2, optimizer",
    "deepspeed, ds_zero-1.json, stage 1, optimizer",
  })
  void whatOtherToolsDivideBecomesShardWithOneLine(
      String key, String value, String said, String divided) {
    for (RecipeFormat format : List.of(RecipeFormat.TRL, RecipeFormat.LLAMAFACTORY)) {
      Translation found = translate(format, Map.of(key, RecipeValues.text(value)));
      assertThat(shard(found)).containsExactly(divided);
      assertThat(found.notes())
          .filteredOn(note -> note.key().equals(key))
          .singleElement()
          .satisfies(
              note -> {
                assertThat(note.kind()).isEqualTo(Note.Kind.TRANSLATED);
                assertThat(note.message())
                    .contains("shard: " + divided, said, "in one process it has no effect");
              });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aStageIsReadFromTheSettingsOfDeepSpeedAndFromTheirFile(int stage, @TempDir Path folder)
      throws IOException {
    Value zero = RecipeValues.map(Map.of("stage", RecipeValues.number(stage)));
    Value map = RecipeValues.map(Map.of("zero_optimization", zero));
    String divided = stage == 3 ? "full" : "optimizer";
    assertThat(shard(translate(RecipeFormat.TRL, Map.of("deepspeed", map))))
        .containsExactly(divided);
    Path file = folder.resolve("settings.json");
    Files.writeString(file, "{\"zero_optimization\": {\"stage\": %d}}".formatted(stage));
    Translation found =
        translate(RecipeFormat.AXOLOTL, Map.of("deepspeed", RecipeValues.text(file.toString())));
    assertThat(shard(found)).containsExactly(divided);
    assertThat(found.notes())
        .anySatisfy(note -> assertThat(note.message()).contains("stage " + stage));
    boolean told =
        found.notes().stream().anyMatch(note -> note.message().contains("gradients stay whole"));
    assertThat(told).isEqualTo(stage == 2);
  }

  private static Value zero(String optimizer, String param) {
    Map<String, Value> zero = new LinkedHashMap<>();
    zero.put("stage", RecipeValues.number(2));
    zero.put("offload_optimizer", RecipeValues.map(Map.of("device", RecipeValues.text(optimizer))));
    zero.put("offload_param", RecipeValues.map(Map.of("device", RecipeValues.text(param))));
    return RecipeValues.map(Map.of("zero_optimization", RecipeValues.map(zero)));
  }

  private static Translation deepspeed(Value value) {
    return translate(RecipeFormat.TRL, Map.of("deepspeed", value));
  }

  private static List<String> offloaded(Translation found) {
    assertThat(found.faults()).isEmpty();
    return found.sources().get(0).stream()
        .filter(setting -> setting.key().equals("offload_optimizer"))
        .map(setting -> RecipeValues.show(setting.value()))
        .toList();
  }

  @Test
  void anOptimizerThatDeepSpeedKeepsOnTheHostIsKeptThereWithOneLine(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("ds.json");
    Files.writeString(
        file,
        "{\"zero_optimization\": {\"stage\": 2, \"offload_optimizer\": {\"device\": \"cpu\"}}}");
    for (Value value : List.of(zero("cpu", "none"), RecipeValues.text(file.toString()))) {
      Translation found = deepspeed(value);
      assertThat(offloaded(found)).containsExactly("true");
      assertThat(shard(found)).containsExactly("optimizer");
      assertThat(found.notes())
          .filteredOn(note -> note.message().contains("became offload_optimizer: true"))
          .singleElement()
          .satisfies(note -> assertThat(note.kind()).isEqualTo(Note.Kind.TRANSLATED));
    }
    assertThat(offloaded(deepspeed(zero("none", "none")))).isEmpty();
  }

  @Test
  void whatIsSaidOfTheOptimizerItselfWinsOverDeepSpeed() {
    Translation found =
        translate(
            RecipeFormat.TRL,
            Map.of(
                "deepspeed",
                zero("cpu", "none"),
                "offload_optimizer",
                new Scalar("false", Kind.BOOLEAN)));
    assertThat(offloaded(found)).containsExactly("false");
  }

  @ParameterizedTest
  @CsvSource({
    "nvme, none, offload_optimizer: device: nvme, device: cpu",
    "cpu, cpu, offload_param: device: cpu, load_in_4bit",
    "none, nvme, offload_param: device: nvme, Remove offload_param",
  })
  void stateOnDisksAndWeightsOutsideTheCardAreRefusedByName(
      String optimizer, String param, String found, String remedy) {
    assertThat(deepspeed(zero(optimizer, param)).faults())
        .singleElement()
        .satisfies(
            fault -> {
              assertThat(fault.key()).isEqualTo("deepspeed");
              assertThat(fault.message()).contains(found, "not possible here", remedy);
            });
  }

  @Test
  void whatDividesNothingOrCannotBeReadIsNoted() {
    for (String value : List.of("no_shard", "offload no_shard")) {
      Translation found = translate(RecipeFormat.TRL, Map.of("fsdp", RecipeValues.text(value)));
      assertThat(shard(found)).isEmpty();
      assertThat(found.notes()).extracting(Note::kind).containsExactly(Note.Kind.NO_EFFECT);
    }
    Translation unreadable =
        translate(RecipeFormat.TRL, Map.of("deepspeed", RecipeValues.text("settings.json")));
    assertThat(shard(unreadable)).isEmpty();
    assertThat(unreadable.notes())
        .singleElement()
        .satisfies(note -> assertThat(note.message()).contains("Set shard yourself"));
  }

  @Test
  void theDetailsOfFsdpDecideAloneInAxolotlOnly() {
    Value config =
        RecipeValues.map(Map.of("reshard_after_forward", new Scalar("true", Kind.BOOLEAN)));
    assertThat(shard(translate(RecipeFormat.AXOLOTL, Map.of("fsdp_config", config))))
        .containsExactly("full");
    assertThat(shard(translate(RecipeFormat.TRL, Map.of("fsdp_config", config)))).isEmpty();
  }

  @Test
  void shardItselfWins() {
    Translation found =
        translate(
            RecipeFormat.TRL,
            Map.of("fsdp", RecipeValues.text("full_shard"), "shard", RecipeValues.text("none")));
    assertThat(shard(found)).containsExactly("none");
    assertThat(found.notes()).extracting(Note::kind).containsExactly(Note.Kind.NO_EFFECT);
  }
}
