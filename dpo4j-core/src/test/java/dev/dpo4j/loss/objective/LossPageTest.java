/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.single.KtoLoss;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Keeps the reference page and the Javadoc of the losses equal to what is said of them.
 *
 * <p>{@code mvn -Dquick test -pl dpo4j-core -am -Dtest=LossPageTest -Ddpo4j.update=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes the page anew.
 */
class LossPageTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "losses.md");
  private static final Path SOURCES = Path.of("src", "main", "java", "dev", "dpo4j", "loss");

  private static final String HEAD =
      """
      # Losses

      This page is generated from the losses themselves; a test fails where it is stale.
      `./dpo4j explain LOSS` prints the same text.

      `loss_type` takes one name or a list; the losses of a list are added with `loss_weights`.
      An option that no loss of the list looks at is an error.

      ## Notation

      | sign | meaning |
      |---|---|
      | lc, lr | log-probability of the chosen and the rejected answer under the policy: the sum over the answer's tokens, in nats |
      | rc, rr | the same under the frozen reference |
      | Lc = lc - rc, Lr = lr - rr | log-ratios |
      | s(L) | L for `f_divergence_type` reverse_kl; 1 - exp(-L) for forward_kl; log 2 + log σ(L) for js_divergence; (exp((a-1) L) - 1)/(a-1) for alpha_divergence with a = `f_alpha_divergence_coef` |
      | Δ = s(Lc) - s(Lr) | margin, in nats |
      | \\|yc\\|, \\|yr\\| | tokens of the answers, the end token included |
      | β, ε | `beta`, `label_smoothing` |
      | σ | 1/(1 + exp(-x)) |
      | NLL | log-loss per token of the chosen answers |

      With `ld_alpha` (LD-DPO) the sums count tokens beyond the length of the shorter answer by that
      factor, for policy and reference alike. With `use_weighting` (WPO) a pair's preference loss is
      multiplied by w(yc) w(yr), w(y) = exp(mean over tokens of [log p(token) - log Σ p²]), without
      gradient. The columns `weight`, `margin` and `p_chosen` of the data weigh a pair, ask for
      that much more reward, and mix the loss with that of the pair turned round.

      The loss of a step is the mean over its micro-batches of the mean over their pairs, as in TRL.
      What depends on other rows (the sort of aot, the means of kto_pair, the token mean
      of NLL) is computed over the
      whole optimizer batch, so that 4 micro-batches of 2 give what 1 of 8 gives.
      """;

  private static final String KTO =
      """

      ## Single answers

      `./dpo4j kto` trains on rows of prompt, completion and label, or on pairs, which it splits.
      With L = log π(y) - log π_ref(y) of an answer:
      """;

  private static String page() {
    StringBuilder page = new StringBuilder(HEAD);
    page.append(
        "\n## Overview\n\n| `loss_type` | loss of a pair | at the first step |\n|---|---|---|\n");
    for (LossType type : LossType.values()) {
      LossInfo info = type.info();
      page.append(
          "| [`%s`](#%s) | %s | %s |\n"
              .formatted(info.name(), info.name(), cell(info.formula()), cell(info.atStart())));
    }
    for (LossType type : LossType.values()) {
      page.append(section(type.info()));
    }
    page.append(KTO);
    for (KtoLoss.Kind kind : KtoLoss.Kind.values()) {
      page.append(section(kind.info()));
    }
    return page.toString();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String section(LossInfo info) {
    String options =
        info.orderedOptions().stream()
            .map(option -> "`" + option.configName() + "`")
            .collect(Collectors.joining(", "));
    return """

        ## %s

        %s

        | | |
        |---|---|
        | loss of a pair | %s |
        | gradient | %s |
        | beta | %s |
        | at the first step | %s |
        | use it | %s |
        | avoid it | %s |
        | options and columns | %s |
        | reference model | %s |
        | source | %s |
        """
        .formatted(
            info.name(),
            info.summary(),
            cell(info.formula()),
            cell(info.gradient()),
            cell(info.beta()),
            cell(info.atStart()),
            cell(info.use()),
            cell(info.avoid()),
            options,
            info.usesReference() ? "needed" : "not needed",
            cell(info.paper()));
  }

  @Test
  void theReferencePageIsThatOfTheLosses() throws IOException {
    if (Boolean.getBoolean("dpo4j.update")) {
      Files.writeString(PAGE, page());
    }
    assertThat(Files.readString(PAGE)).isEqualTo(page());
  }

  @TestFactory
  List<DynamicTest> theJavadocBeginsAsExplainDoes() {
    return Arrays.stream(LossType.values())
        .map(type -> DynamicTest.dynamicTest(type.configName(), () -> checkJavadoc(type.info())))
        .toList();
  }

  private static String source(String file) throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return Files.readString(files.filter(path -> path.endsWith(file)).findFirst().orElseThrow());
    }
  }

  private static void checkJavadoc(LossInfo info) throws IOException {
    String camel =
        Arrays.stream(info.name().split("_"))
            .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
            .collect(Collectors.joining());
    String source = source(camel + "Loss.java");
    int begin = source.indexOf("/**");
    String javadoc = source.substring(begin, source.indexOf("*/", begin));
    assertThat(javadoc.replaceAll("\\s*\\*\\s", " ")).contains(info.summary());
  }

  @Test
  void everyTextOfTheResourceBelongsToALoss() throws IOException {
    Properties texts = new Properties();
    Path file = Path.of("src/main/resources/dev/dpo4j/loss/losses.properties");
    try (Reader reader = Files.newBufferedReader(file)) {
      texts.load(reader);
    }
    List<String> losses = Losses.all().stream().map(LossInfo::name).toList();
    assertThat(texts.stringPropertyNames())
        .hasSizeGreaterThan(4 * losses.size())
        .allMatch(key -> key.equals("beta") || losses.contains(key.replaceFirst("\\..*", "")));
  }

  @Test
  void explainShowsEveryPart() {
    for (LossInfo info : Losses.all()) {
      assertThat(info.explain())
          .contains(info.formula(), info.beta(), info.paper(), info.atStart(), "Options");
    }
    assertThat(LossType.AOT.info().explain()).doesNotContain(", margin");
    assertThat(Losses.find("apo-zero")).isEqualTo(LossType.APO_ZERO.info());
    assertThat(Losses.command(Losses.find("kto"))).isEqualTo("kto");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Losses.find("ppo"))
        .withMessageContaining("sigmoid");
  }
}
