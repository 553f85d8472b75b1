/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that cannot move the loss are told, and refused where there are no others. */
class UnlearnableRowsTest {
  private static final String EQUAL =
      "{\"prompt\": \"a lantern\", \"chosen\": \" in a window\", \"rejected\": \" in a window\"}\n";
  private static final String GOOD =
      "{\"prompt\": \"a window\", \"chosen\": \" with a lantern\", \"rejected\": \" x\"}\n";

  @TempDir private Path folder;
  private ChildRun run;
  private String err = "";

  @BeforeEach
  void prepare() throws IOException {
    run = ChildRun.dpo(folder);
  }

  private int train(String rows, String... more) throws IOException {
    Path data = Files.writeString(folder.resolve("rows.jsonl"), rows);
    List<String> all =
        new ArrayList<>(
            List.of(
                "--dataset_name=" + data,
                "--eval_dataset=" + run.data,
                "--max_steps=1",
                "--gradient_accumulation_steps=1",
                "--overwrite_output_dir"));
    all.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute(run.into(folder.resolve("out"), all.toArray(String[]::new)));
    err = console.err();
    return code;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sigmoid", "ipo", "simpo", "hinge", "dpop", "sppo_hard", "bco_pair"})
  void dataOfEqualPairsAloneAreRefused(String loss) throws IOException {
    assertThat(train(EQUAL + EQUAL, "--loss_type=" + loss)).isEqualTo(ExitCode.DATA.code());
    assertThat(err).contains("no pair can move the loss", "of 2 of 2 the two answers are equal");
  }

  @ParameterizedTest
  @ValueSource(strings = {"orpo", "cpo", "rpo", "sft"})
  void aLossThatAlsoLearnsTheChosenAnswerTakesThem(String loss) throws IOException {
    assertThat(train(EQUAL + EQUAL, "--loss_type=" + loss)).as(err).isZero();
    assertThat(err).doesNotContain("no_gradient");
  }

  @Test
  void theShareOfEqualPairsIsTold() throws IOException {
    assertThat(train(EQUAL + GOOD + GOOD + GOOD)).as(err).isZero();
    assertThat(err)
        .contains(
            "warning: no_gradient: 25.0% of the pairs", "of 1 of 4 the two answers are equal");
  }

  @Test
  void answersThatOnlyTheCutMakesEqualCount() throws IOException {
    String same = "a lantern in a window and a lantern in a window ";
    String row =
        "{\"prompt\": \"a\", \"chosen\": \"%sx\", \"rejected\": \"%sy\"}\n".formatted(same, same);
    assertThat(train(row + row, "--max_length=8")).isEqualTo(ExitCode.DATA.code());
    assertThat(err).contains("raise max_length");
  }

  @Test
  void rowsWithoutWeightCannotMoveAnyLoss() throws IOException {
    String light = GOOD.replace("}", ", \"weight\": 0}");
    assertThat(train(light + light, "--loss_type=orpo")).isEqualTo(ExitCode.DATA.code());
    assertThat(err).contains("2 of 2 have weight 0");
    assertThat(train(light + GOOD, "--per_device_train_batch_size=2")).as(err).isZero();
    assertThat(err).contains("50.0% of the pairs", "1 of 2 have weight 0");
  }

  private int trainBy(String method, String rows, String... more) throws IOException {
    Path data = Files.writeString(folder.resolve("rows.jsonl"), rows);
    List<String> all =
        new ArrayList<>(
            List.of(
                method,
                "--model_name_or_path=" + run.model,
                "--dataset_name=" + data,
                "--output_dir=" + folder.resolve("out"),
                "--max_steps=1",
                "--overwrite_output_dir"));
    all.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(all.toArray(String[]::new));
    err = console.err();
    return code;
  }

  @Test
  void aRewardModelLearnsNothingFromEqualAnswersUnlessItCentresItsRewards() throws IOException {
    assertThat(trainBy("reward", EQUAL + EQUAL)).as(err).isEqualTo(ExitCode.DATA.code());
    assertThat(err).contains("no pair can move the loss", "of 2 of 2 the two answers are equal");
    assertThat(trainBy("reward", EQUAL + GOOD)).as(err).isZero();
    assertThat(err).contains("warning: no_gradient: 50.0% of the pairs");
    assertThat(trainBy("reward", EQUAL + EQUAL, "--center_rewards_coefficient=0.01"))
        .as(err)
        .isZero();
    assertThat(err).doesNotContain("no_gradient");
  }

  @Test
  void answersOfWeightZeroAloneTeachKtoNothing() throws IOException {
    String row = "{\"prompt\": \"a lantern\", \"completion\": \" in %s\", \"label\": true}\n";
    String rows = row.formatted("a") + row.formatted("b");
    assertThat(trainBy("kto", rows, "--desirable_weight=0"))
        .as(err)
        .isEqualTo(ExitCode.DATA.code());
    assertThat(err).contains("no row can move the loss", "2 desirable answers of weight 0.0");
    assertThat(trainBy("kto", rows, "--undesirable_weight=0")).as(err).isZero();
  }
}
