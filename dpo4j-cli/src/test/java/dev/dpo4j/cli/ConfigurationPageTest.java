/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.api.rl.OnlineDpoConfig;
import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.api.rl.RlooConfig;
import dev.dpo4j.cli.command.HubKeys;
import dev.dpo4j.cli.command.LanguageOptions;
import dev.dpo4j.cli.command.RecipeOptions;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Keeps the reference pages of the configuration equal to the records.
 *
 * <p>{@code mvn -Dquick test -pl dpo4j-cli -am -Dtest=ConfigurationPageTest -Ddpo4j.update=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes the pages anew.
 */
class ConfigurationPageTest {
  private static final Path FOLDER = Path.of("..", "docs", "reference");

  private static final String HEAD =
      """
      # Configuration of `dpo4j %s`

      This page is generated from the option records; a test fails where it is stale.

      A run is configured by `--config run.yaml`, by flags, or by both: flags win over the file,
      and the file over the defaults. The file is YAML 1.2 (`5e-7` is a number, `no` is text). A
      flag is written `--key value` or `--key=value`; a switch alone means true, and
      `--no_key` false. Lists are `a,b`, `a b` or `[a, b]`; maps are JSON objects. `null` unsets
      a key that may be null. Keys may be written with dashes instead of underscores.

      The names and defaults are those of TRL 1.16.0 and transformers 5.23.0; the last column
      says where a key differs. Every fault of a configuration is reported at once, an unknown
      key with the nearest name, and a key that has no effect in the chosen setting is an error, even
      at its default; in a file, keys of logging, saving and evaluation without effect are noted.
      The resolved configuration is written to `config.yaml` in the output folder, and runs
      again as it is.
      """;

  private static String page(String command, List<Key> keys) {
    StringBuilder page = new StringBuilder(HEAD.formatted(command));
    String group = "";
    for (Key key : keys) {
      if (!key.group().equals(group)) {
        group = key.group();
        page.append("\n## ").append(group).append("\n\n");
        page.append("| key | default | meaning | expects | difference |\n|---|---|---|---|---|\n");
      }
      page.append(row(key));
    }
    page.append("\n## Language\n\n");
    page.append("| key | default | meaning | expects | difference |\n|---|---|---|---|---|\n");
    Binder.of(LanguageOptions.class).keys().forEach(key -> page.append(row(key)));
    page.append("\n## Hugging Face Hub\n\n");
    page.append(
        "Keys of the command line; more: [how to use the Hub](../how-to/use-the-hub.md).\n\n");
    page.append("| key | default | meaning | expects | difference |\n|---|---|---|---|---|\n");
    HubKeys.keys().forEach(key -> page.append(row(key)));
    page.append("\n## The file itself\n\n");
    page.append("Keys of the command line.\n\n");
    page.append("| key | default | meaning | expects | difference |\n|---|---|---|---|---|\n");
    RecipeOptions.BINDER.keys().forEach(key -> page.append(row(key)));
    page.append(
        """

        ## Keys of other tools

        Files of TRL, transformers, alignment-handbook, LLaMA-Factory and axolotl are read, too:
        [coming from other tools](coming-from.md) says what becomes of each of their keys.
        """);
    return page.toString();
  }

  private static String row(Key key) {
    String name = "`" + key.name() + "`";
    for (String alias : key.aliases()) {
      name += ", `" + alias + "`";
    }
    return line(name, "`" + key.defaultText() + "`", key.help(), key.expected(), key.difference());
  }

  private static String line(String... cells) {
    return "| " + String.join(" | ", cells).replaceAll("\\|(?! )", "\\\\|") + " |\n";
  }

  @Test
  void theReferencePagesAreUpToDate() throws IOException {
    check("configuration.md", page("dpo", DpoConfig.binder().keys()));
    check("configuration-sft.md", page("sft", SftConfig.binder().keys()));
    check("configuration-kto.md", page("kto", KtoConfig.binder().keys()));
    check("configuration-reward.md", page("reward", RewardConfig.binder().keys()));
    check("configuration-ppo.md", page("ppo", PpoConfig.binder().keys()));
    check("configuration-grpo.md", page("grpo", GrpoConfig.binder().keys()));
    check("configuration-rloo.md", page("rloo", RlooConfig.binder().keys()));
    check("configuration-online-dpo.md", page("online_dpo", OnlineDpoConfig.binder().keys()));
  }

  private static void check(String name, String page) throws IOException {
    Path file = FOLDER.resolve(name);
    if (Boolean.getBoolean("dpo4j.update")) {
      Files.writeString(file, page);
    }
    assertThat(file).hasContent(page);
  }

  @Test
  void everyKeyExplainsItself() {
    List<Key> keys = new ArrayList<>(DpoConfig.binder().keys());
    keys.addAll(SftConfig.binder().keys());
    keys.addAll(KtoConfig.binder().keys());
    keys.addAll(RewardConfig.binder().keys());
    keys.addAll(PpoConfig.binder().keys());
    keys.addAll(GrpoConfig.binder().keys());
    keys.addAll(RlooConfig.binder().keys());
    keys.addAll(OnlineDpoConfig.binder().keys());
    assertThat(keys).allSatisfy(key -> assertThat(key.help()).as(key.name()).endsWith("."));
  }
}
