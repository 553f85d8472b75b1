/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignTextTest {
  private final Path folder;

  ForeignTextTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "run.yaml; 'a:\n\tb: 1'; run.yaml:2; use spaces",
        "run.yaml; 'a: &x 1\nb: 2'; run.yaml:1; anchor",
        "run.yaml; 'b:\n  <<: 1'; run.yaml:2; write its keys out",
        "run.yaml; 'a: !!python/object:os.system 1'; !!python/object:os.system; plain value",
        "run.yaml; 'output_dir: ${HOME}/out'; ${HOME}; --output_dir",
        "run.yaml; 'a: [1, oc.env:USER]'; oc.env:USER; --a",
        "run.yaml; 'compute_environment: LOCAL_MACHINE'; accelerate launch; file of the run",
        "run.json; '{\"beta\": 0.1}'; is JSON; key: value",
        "ds.json; '{\"zero_optimization\": {}}'; DeepSpeed; file of the run",
        "run.ipynb; '{\"cells\": [], \"nbformat\": 4}'; notebook; YAML file",
      })
  void eachKindOfForeignFileIsRefusedWithItsRemedy(
      String name, String text, String found, String remedy) throws IOException {
    Path file = write(name, text.replace("\\n", "\n").replace("\\t", "\t"));
    assertThatThrownBy(() -> YamlSource.read(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(found)
        .hasMessageContaining(remedy)
        .satisfies(e -> assertThat(((ConfigException) e).faults()).hasSize(1));
  }

  /** What takes a step for each pair of places in it would need hours. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\n",
        "\n",
        "\t\n",
        " \n",
        "a: |\n  ${",
        "${",
        "a: ",
        "- &a [",
        "&a ",
        ": &",
        "*a ",
        "[",
        "{a: ",
        "- ",
        "? ",
        "a: \"",
        "a: '",
        "# ",
        "!!a ",
        "%a\n",
        "--- ",
        "oc.env",
        "a=",
        "a\n  - &b\n"
      })
  @Timeout(120)
  void aMegabyteOfAnythingIsReadOrRefusedAtOnce(String piece) throws IOException {
    for (int most : new int[] {1 << 20, 30_000}) {
      Path file = write("long.yaml", piece.repeat(most / piece.length()));
      try {
        assertThat(YamlSource.read(file)).isNotNull();
      } catch (ConfigException e) {
        assertThat(e.faults()).isNotEmpty();
      }
    }
  }

  @Test
  @Timeout(120)
  void aLongMessageIsSearchedForSecretsAtOnce() {
    for (String piece :
        new String[] {"a", "-", "a=", "a: ", "a://", "\"", " ", "hf_", "a=\"", "a ='"}) {
      String text = piece.repeat((1 << 20) / piece.length());
      assertThat(Secrets.mask(text)).isNotEmpty();
      assertThat(Secrets.maskLines(text)).isNotEmpty();
    }
  }

  @Test
  void tabsWithinATextAndDollarsInATemplateAreNoFault() throws IOException {
    Path file = write("run.yaml", "note: |\n  a\n  \tb\nchat_template: \"${{ price }}\"\n");
    assertThat(YamlSource.read(file)).hasSize(2);
  }
}
