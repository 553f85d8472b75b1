/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.Setting;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PositionalTest {
  private static final List<Positional> WANTED =
      List.of(new Positional("FOLDER", "folder"), new Positional("NAME", "names"));

  record Keys(
      @Option(defaultValue = "") String folder,
      @Option(defaultValue = "") List<String> names,
      @Option(defaultValue = "false") boolean json,
      @Option(defaultValue = "1") int depth,
      @Option(defaultValue = "") List<String> globs) {}

  private static Keys bind(String... arguments) {
    Positional.Split split =
        Positional.split(List.of(arguments), WANTED, Binder.of(Keys.class).keys());
    List<Setting> settings = new ArrayList<>(split.settings());
    settings.addAll(FlagSource.parse(split.flags()));
    return Binder.of(Keys.class).bind(List.of(), settings).value();
  }

  @Test
  void argumentsWithoutAFlagMayStandAnywhere() {
    Keys expected = new Keys("run", List.of("a", "b"), true, 2, List.of());
    assertThat(bind("run", "a", "b", "--json", "--depth", "2")).isEqualTo(expected);
    assertThat(bind("--json", "run", "--depth", "2", "a", "b")).isEqualTo(expected);
    assertThat(bind("--depth=2", "run", "a", "--json", "true", "b")).isEqualTo(expected);
  }

  @Test
  void aListTakesAllValuesUpToTheNextFlag() {
    assertThat(bind("f", "--globs", "x", "y", "--json"))
        .isEqualTo(new Keys("f", List.of(), true, 1, List.of("x", "y")));
  }

  @Test
  void whatStandsForNoKeyIsLeftToBeRefused() {
    Positional.Split split =
        Positional.split(List.of("f", "more"), WANTED.subList(0, 1), Binder.of(Keys.class).keys());
    assertThat(split.flags()).containsExactly("more");
  }
}
