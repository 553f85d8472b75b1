/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {
  private static String script(String shell) {
    CapturedConsole console = new CapturedConsole();
    assertThat(new Cli(console.console(), new Interruption()).execute("completion", shell))
        .as(console.err())
        .isZero();
    return console.out();
  }

  /** What bash offers for the words, the last of which is being typed. */
  private static List<String> bash(Path folder, String... words)
      throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve("completion.bash"), script("bash"));
    String typed =
        "source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; _dpo4j; printf '%%s\\n' \"${COMPREPLY[@]}\""
            .formatted(script, "dpo4j '" + String.join("' '", words) + "'", words.length);
    Process process =
        new ProcessBuilder("bash", "--norc", "-c", typed).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.lines().toList();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void bashCompletesCommandsOptionsAndValues(@TempDir Path folder) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here");
    assertThat(bash(folder, "d")).containsExactly("demo", "dpo", "data", "doctor");
    assertThat(bash(folder, "data", "")).containsExactly("inspect", "doctor");
    assertThat(bash(folder, "dpo", "--learning")).containsExactly("--learning_rate");
    assertThat(bash(folder, "dpo", "--bf16", "")).containsExactly("true", "false");
    assertThat(bash(folder, "dpo", "--beta", "0.1", "--lr_sch"))
        .contains("--lr_scheduler_type", "--lr_scheduler_kwargs");
    assertThat(bash(folder, "hub", "log")).containsExactly("login", "logout");
  }

  @Test
  void zshAndFishSayWhatAWordMeans() {
    assertThat(script("zsh"))
        .startsWith("#compdef dpo4j")
        .contains("'merge:Add an adapter", "'--hub_private_repo:", "values=(true false)");
    assertThat(script("fish"))
        .contains(
            "complete -c dpo4j -n \"__dpo4j_at ''\" -f -a dpo -d 'Train a model with Direct",
            "-l bf16 -x -a 'true false' -d '");
  }

  @Test
  void anUnknownShellIsAnErrorThatListsTheKnownOnes() {
    CapturedConsole console = new CapturedConsole();
    assertThat(new Cli(console.console(), new Interruption()).execute("completion", "tcsh"))
        .isEqualTo(2);
    assertThat(console.err()).contains("must be bash, zsh or fish but was \"tcsh\"");
  }
}
