/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.ModelFileException;
import dev.dpo4j.tensor.DeviceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliTest {
  private final CapturedConsole console = new CapturedConsole();

  private int run(String... arguments) {
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  @Test
  void helpListsTheCommandsAndTheExitCodes() {
    assertThat(run("--help")).isZero();
    assertThat(console.out()).contains("doctor").containsPattern("130\\s+interrupted");
  }

  @Test
  void versionNamesTheEngine() {
    assertThat(run("--version")).isZero();
    assertThat(console.out()).startsWith("dpo4j ").contains("engine libtorch 2.");
  }

  @Test
  void wrongUsageIsCodeTwoWithAHint() {
    assertThat(run("doctr")).isEqualTo(2);
    assertThat(console.err()).contains("doctr; did you mean", "doctor", "hint: dpo4j --help");
    assertThat(run()).isEqualTo(2);
    assertThat(console.out()).isEmpty();
  }

  @Test
  void wordsOfOtherToolsNameTheCommandThatIsMeant() {
    for (String[] guess :
        new String[][] {
          {"train", "dpo, sft, kto or reward"},
          {"evaluate", "eval"},
          {"login", "hub login"},
          {"talk", "chat"}
        }) {
      assertThat(run(guess[0])).isEqualTo(2);
      assertThat(console.err()).contains("unknown command " + guess[0], "did you mean " + guess[1]);
    }
  }

  @Test
  void helpIsACommandToo() {
    assertThat(run("help")).isZero();
    assertThat(console.out()).contains("doctor");
    assertThat(run("help", "kto")).isZero();
    assertThat(console.out()).contains("--desirable_weight");
  }

  @Test
  void noLineOfAnyHelpIsWiderThanATerminal() {
    Cli cli = new Cli(console.console(), new Interruption());
    ByteArrayOutputStream warnings = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
    try {
      for (String name : cli.commandNames()) {
        List<String> words = new ArrayList<>(List.of(name.split(" ", -1)));
        words.add("--help");
        if (name.equals("help")) {
          continue;
        }
        assertThat(cli.execute(words.toArray(String[]::new))).as(name).isZero();
      }
      assertThat(cli.execute("--help")).isZero();
    } finally {
      System.setErr(before);
    }
    assertThat(warnings.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(console.out().lines()).noneMatch(line -> line.length() > BoundCommand.HELP_WIDTH);
  }

  @Test
  void everyKindOfFailureHasItsCode() {
    assertThat(Failures.codeOf(new ConfigException(new Fault("beta", "", "x"))))
        .isEqualTo(ExitCode.USAGE);
    assertThat(Failures.codeOf(new ModelFileException("x"))).isEqualTo(ExitCode.MODEL);
    assertThat(Failures.codeOf(new IllegalStateException("x"))).isEqualTo(ExitCode.FAILURE);
  }

  @Test
  void aSecretIsRefusedWithoutBeingShown(@TempDir Path folder) throws IOException {
    String secret = "verySECRETindeed";
    Path config = folder.resolve("run.yaml");
    for (String line :
        List.of(
            "hub_token: " + secret,
            "hub_token: [" + secret + "]",
            "hub_token: \"" + secret,
            "wandb_api_key: \"" + secret,
            "model_name_or_path: hf_" + secret + "\nbeta: hf_" + secret)) {
      Files.writeString(config, line + "\n");
      assertThat(run("dpo", "--config", config.toString())).as(line).isEqualTo(2);
    }
    assertThat(run("dpo", "--hub_token", secret)).isEqualTo(2);
    assertThat(run("dpo", "--hub_token=" + secret, "sk-" + secret)).isEqualTo(2);
    assertThat(run("dpo", "--api_key", secret, "--beta", "hf_" + secret)).isEqualTo(2);
    assertThat(run("doctor", "--api_key=" + secret)).isEqualTo(2);
    assertThat(console.err()).contains("hub_token", "api_key", "(not shown)");
    assertThat(console.err() + console.out()).doesNotContain(secret);
  }

  @Test
  void theLogHidesSecretsAlsoInCauses() {
    LoggerContext context = new LoggerContext();
    LogSetup.Plain layout = new LogSetup.Plain();
    layout.setContext(context);
    layout.start();
    LoggingEvent event =
        new LoggingEvent(
            "",
            context.getLogger("x"),
            Level.INFO,
            "key sk-verySECRET",
            new IOException("hf_verySECRET"),
            null);
    assertThat(layout.doLayout(event))
        .contains("IOException: ", "(not shown)", "at dev.dpo4j.cli.CliTest")
        .doesNotContain("verySECRET");
    context.getLogger("dev.dpo4j").setLevel(Level.INFO);
    assertThat(layout.doLayout(event))
        .contains("because: IOException", "(not shown)")
        .doesNotContain("verySECRET", "at dev.dpo4j.cli.CliTest");
  }

  @Test
  void aCardThatCannotBeUsedIsNoDefectToReport() {
    DeviceException failure = new DeviceException("there is no cuda:7");
    assertThat(Failures.report(failure, console.console())).isEqualTo(ExitCode.FAILURE);
    assertThat(console.err()).isEqualToNormalizingNewlines("error: there is no cuda:7\n");
  }

  @Test
  void aFailureOfTheSystemIsNamed() {
    UncheckedIOException full = new UncheckedIOException(new IOException("No space left"));
    assertThat(Failures.report(full, console.console())).isEqualTo(ExitCode.FAILURE);
    assertThat(console.err()).startsWith("error: IOException: No space left");
    Failures.report(
        new UncheckedIOException("Save x: make room", full.getCause()), console.console());
    assertThat(console.err()).contains("error: Save x: make room");
  }
}
