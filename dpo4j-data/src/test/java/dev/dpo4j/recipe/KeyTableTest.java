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
import dev.dpo4j.recipe.KeyRow.Treatment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each row of the table does what it says. */
class KeyTableTest {
  /** A record that has every key, so that only the rows decide. */
  private static final KeyNames ALL =
      new KeyNames() {
        @Override
        public Collection<String> all() {
          return List.of();
        }

        @Override
        public boolean isKnown(String name) {
          return !name.startsWith("no_");
        }

        @Override
        public boolean isBoolean(String name) {
          return false;
        }
      };

  private static final String COMPANION = "val_set_size";
  private static final Set<String> COMPANIONS =
      Set.of(COMPANION, "test_split_size", "eval_dataset");

  private static Setting setting(String key, Value value) {
    return new Setting(key, value, "recipe.yaml:1");
  }

  private static Value text(String text) {
    return new Scalar(text, Kind.TEXT);
  }

  private static Translation translate(RecipeFormat format, String key, Value value) {
    List<Setting> file = new ArrayList<>();
    file.add(setting("config_format", text(format.configName())));
    if (key.startsWith("eval")) {
      // What says when to evaluate has an effect where there is something to evaluate on.
      file.add(
          format == RecipeFormat.AXOLOTL
              ? setting(COMPANION, text("0.1"))
              : setting("eval_dataset", text("held.jsonl")));
    }
    file.removeIf(setting -> setting.key().equals(key));
    file.add(setting(key, value));
    return new RecipeDialect(RecipeMethod.DPO).translate(List.of(file, List.of()), ALL);
  }

  private static Stream<DynamicTest> rows(Treatment... fates) {
    List<Treatment> wanted = Arrays.asList(fates);
    return KeyTable.rows().stream()
        .filter(row -> wanted.contains(row.fate()))
        .flatMap(
            row ->
                Arrays.stream(RecipeFormat.values())
                    .filter(row::isOf)
                    .map(
                        format ->
                            DynamicTest.dynamicTest(
                                format.configName() + " " + row.key(), () -> check(row, format))));
  }

  private static void check(KeyRow row, RecipeFormat format) {
    Translation found = translate(format, row.key(), text("a value"));
    List<String> left =
        found.sources().get(0).stream()
            .filter(setting -> !setting.where().startsWith("default of"))
            .map(Setting::key)
            .filter(key -> key.equals(row.key()) || !COMPANIONS.contains(key))
            .toList();
    switch (row.fate()) {
      case ACTS -> {
        assertThat(left).contains(row.key());
        assertThat(found.faults()).isEmpty();
      }
      case RENAMED -> {
        assertThat(left).containsExactly(row.target());
        assertThat(found.notes())
            .anySatisfy(
                note -> {
                  assertThat(note.key()).isEqualTo(row.key());
                  assertThat(note.message()).contains(row.target());
                });
      }
      case NOTED -> {
        assertThat(left).isEmpty();
        assertThat(found.faults()).isEmpty();
        assertThat(found.notes())
            .anySatisfy(
                note -> {
                  assertThat(note.kind()).isEqualTo(Note.Kind.NO_EFFECT);
                  assertThat(note.key()).isEqualTo(row.key());
                });
      }
      case REFUSED -> {
        assertThat(left).isEmpty();
        assertThat(found.faults())
            .singleElement()
            .satisfies(fault -> assertThat(fault.message()).contains(row.reason().english()));
      }
      case TRANSLATED -> throw new IllegalArgumentException(row.key());
    }
  }

  @TestFactory
  Stream<DynamicTest> rowsThatActLeaveTheKeyAlone() {
    return rows(Treatment.ACTS);
  }

  @TestFactory
  Stream<DynamicTest> renamedKeysStandUnderTheirNameHere() {
    return rows(Treatment.RENAMED);
  }

  @TestFactory
  Stream<DynamicTest> notedKeysAreTakenOutAndNamed() {
    return rows(Treatment.NOTED);
  }

  @TestFactory
  Stream<DynamicTest> refusedKeysAreFaultsWithTheReason() {
    return rows(Treatment.REFUSED);
  }

  @TestFactory
  Stream<DynamicTest> refusedKeysPassWhereTheyAskForNothing() {
    return KeyTable.rows().stream()
        .filter(row -> row.fate() == Treatment.REFUSED)
        .flatMap(
            row ->
                Stream.concat(Stream.of("false", "null"), row.neutral().stream())
                    .map(
                        value ->
                            DynamicTest.dynamicTest(
                                row.key() + ": " + value,
                                () -> {
                                  RecipeFormat format =
                                      Arrays.stream(RecipeFormat.values())
                                          .filter(row::isOf)
                                          .findFirst()
                                          .orElseThrow();
                                  Translation found = translate(format, row.key(), text(value));
                                  assertThat(found.faults()).isEmpty();
                                  assertThat(found.notes())
                                      .extracting(Note::key)
                                      .doesNotContain(row.key());
                                })));
  }

  @Test
  void everyTranslatedRowHasItsTranslationInEachFormat() {
    for (RecipeFormat format : RecipeFormat.values()) {
      Translations translations = Translations.of(new Draft(RecipeMethod.DPO, format, ALL));
      List<String> translated =
          KeyTable.rows().stream()
              .filter(row -> row.fate() == Treatment.TRANSLATED && row.isOf(format))
              .map(KeyRow::key)
              .toList();
      assertThat(translations.keys()).as(format.title()).containsAll(translated);
    }
  }

  @Test
  void everyRowSaysWhyInBothLanguages() {
    assertThat(KeyTable.rows())
        .allSatisfy(
            row -> {
              assertThat(row.reason().english()).as(row.key()).isNotBlank();
              assertThat(row.reason().chinese()).as(row.key()).isNotBlank();
            });
  }

  @Test
  void booleansMayBeNegated() {
    Translation found =
        translate(RecipeFormat.TRL, "no_remove_unused_columns", new Scalar("true", Kind.BOOLEAN));
    assertThat(found.faults()).isEmpty();
    assertThat(found.sources().get(0)).isEmpty();
  }
}
