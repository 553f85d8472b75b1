/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.report.ServedPage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunDraftTest {
  record Keys(
      @Option(help = "The model.") @Nullable String modelNameOrPath,
      @Option(help = "The rows.") @Nullable String datasetName,
      @Option(help = "Where to write.") @Nullable Path outputDir,
      @Option(defaultValue = "0.1", range = "(0,inf)", help = "How <strict>.") double beta,
      @Option(
              defaultValue = "a",
              choices = {"a", "b"},
              help = "Which.")
          List<String> parts,
      @Option(defaultValue = "false", help = "Whether.") boolean shuffle,
      @Option(help = "A key.") @Nullable String hubToken) {}

  private static final RunMethod METHOD =
      new RunMethod(
          "dpo",
          Binder.of(Keys.class),
          List.of("model_name_or_path", "dataset_name", "output_dir"));

  private static final Path ROOT = Path.of("runs");

  private static RunDraft draft(String name, Map<String, String> values) {
    return RunDraft.of(METHOD, ROOT, name, values);
  }

  @Test
  void aFormBecomesAFileAndACommand() {
    RunDraft draft =
        draft(
            "my run",
            Map.of("model_name_or_path", "m", "dataset_name", " d ", "beta", "0.2", "shuffle", ""));
    assertThat(draft.faults()).isEmpty();
    assertThat(draft.yaml())
        .contains("model_name_or_path: m\n", "dataset_name: d\n", "beta: 0.2\n", "output_dir: ")
        .doesNotContain("shuffle: ");
    assertThat(draft.arguments())
        .startsWith("dpo")
        .containsSequence("--beta", "0.2")
        .containsSequence("--output_dir", ROOT.resolve("my run").toString());
  }

  @Test
  void allFaultsAreToldAtOnceByField() {
    RunDraft draft = draft("", Map.of("dataset_name", "d", "beta", "-1", "no_such_key", "x"));
    assertThat(draft.faults())
        .extracting(Fault::key)
        .contains("model_name_or_path", "beta", "no_such_key", "output_dir");
    assertThat(draft.yaml()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"..", ".", "../x", "a/b", "a\\b", "/etc", ".hidden", "-x", "a\nb", " ", "x."})
  void aNameIsOneFolderInTheFolder(String name) {
    assertThat(RunDraft.isName(name)).isFalse();
    Map<String, String> values = Map.of("model_name_or_path", "m", "dataset_name", "d");
    assertThat(draft(name, values).faults()).extracting(Fault::key).containsExactly("output_dir");
  }

  @Test
  void theFolderOfARunAndSecretsAreNoFieldsOfTheForm() {
    Map<String, String> values =
        Map.of(
            "model_name_or_path", "m",
            "dataset_name", "d",
            "output_dir", "/etc",
            "hub_token", "hf_secret");
    assertThat(draft("one", values).faults())
        .extracting(Fault::key)
        .containsExactlyInAnyOrder("output_dir", "hub_token");
  }

  @Test
  void theFormHasAFieldForEveryKey() {
    ServedPage page = new ServedPage("en");
    RunForm.write(page, METHOD);
    assertThat(page.markup())
        .contains("name=\"model_name_or_path\"", "name=\"beta\"", "placeholder=\"0.1\"")
        .contains("<option>true</option>", "How &lt;strict&gt;.", "a number &gt; 0")
        .doesNotContain("name=\"output_dir\"", "hub_token");
  }
}
