/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrackersTest {
  @TempDir private Path folder;
  private Path model;
  private Path data;
  private Path output;
  private CapturedConsole console = new CapturedConsole();

  @BeforeEach
  void prepare() throws IOException {
    model = TinyModel.write(folder);
    output = folder.resolve("my run");
    data = folder.resolve("pairs.jsonl");
    Files.writeString(
        data,
        "{\"prompt\": \"a lantern\", \"chosen\": \" in a window\", \"rejected\": \" x\"}\n"
            .repeat(4));
  }

  private int dpo(String... reportTo) {
    console = new CapturedConsole();
    String[] arguments =
        Stream.concat(
                Stream.of(
                    "dpo",
                    "--model_name_or_path=" + model,
                    "--dataset_name=" + data,
                    "--output_dir=" + output,
                    "--max_steps=1"),
                Stream.of(reportTo))
            .toArray(String[]::new);
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  @Test
  void toolsThatReadTheFilesOfTensorBoardGetThemAndTheirCommand() throws IOException {
    assertThat(dpo("--report_to=wandb,trackio,swanlab")).as(console.err()).isZero();
    String runs = "'" + output.resolve("runs") + "'";
    assertThat(console.err())
        .contains("wandb sync --sync-tensorboard " + runs)
        .contains("import_tf_events(*sys.argv[1:])' " + runs + " 'my run'")
        .contains("swanlab convert --type tensorboard --tb-log-dir " + runs);
    try (Stream<Path> files = Files.list(output.resolve("runs"))) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .singleElement()
          .asString()
          .contains("tfevents");
    }
  }

  @Test
  void aServerThatNobodyNamedIsMissedBeforeAnythingIsWritten() {
    assumeTrue(System.getenv("MLFLOW_TRACKING_URI") == null, "MLFLOW_TRACKING_URI is set");
    assertThat(dpo("--report_to=tensorboard,mlflow")).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("report_to", "MLFLOW_TRACKING_URI is not set");
    assertThat(output.resolve("config.yaml")).doesNotExist();
  }

  @Test
  void anUnknownNameIsRefusedWithThoseThatAreKnown() {
    assertThat(dpo("--report_to=tensorboard,wandbx")).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err())
        .contains("must be of none, all, tensorboard, wandb, trackio, swanlab, mlflow")
        .contains("\"wandbx\"");
    assertThat(dpo("--report_to=none,wandb")).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("names none beside others");
  }

  @Test
  void aTrackerOfTransformersThatIsNotBuiltIsNamedAndTheFilesAreWritten() {
    assertThat(dpo("--report_to=comet_ml")).as(console.err()).isZero();
    assertThat(console.err()).contains("comet_ml cannot be written", "TensorBoard files");
    assertThat(output.resolve("runs")).isDirectory();
  }

  @Test
  void aRunThatCannotBeSentEndsWithAFailureThatSaysWhy() {
    assumeTrue(System.getenv("MLFLOW_TRACKING_URI") == null, "MLFLOW_TRACKING_URI is set");
    assertThat(dpo()).as(console.err()).isZero();
    console = new CapturedConsole();
    String[] report = {"report", output.toString(), "--send=true"};
    assertThat(new Cli(console.console(), new Interruption()).execute(report))
        .isEqualTo(ExitCode.FAILURE.code());
    assertThat(console.err()).contains("not sent: MLFLOW_TRACKING_URI is not set");
  }
}
