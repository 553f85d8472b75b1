/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
  @TempDir private Path folder;
  private ChildRun run;
  private Path output;
  private String said = "";

  @BeforeEach
  void train() throws IOException {
    output = folder.resolve("out");
    run = ChildRun.dpo(folder, "--max_steps=2");
    assertThat(execute(run.into(output))).as(said).isZero();
  }

  private int execute(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    said = console.out() + console.err();
    return code;
  }

  @Test
  void anUntouchedRunAndItsCheckpointAreVerified() {
    assertThat(execute("verify", output.toString())).as(said).isZero();
    assertThat(said).startsWith("verified: ");
    assertThat(execute("verify", output.resolve("checkpoint-2").toString())).isZero();
  }

  @Test
  void everyChangeShows() throws IOException {
    for (String name :
        new String[] {
          "out/model.safetensors",
          "out/metrics.jsonl",
          "out/config.yaml",
          "out/checkpoint-2/optimizer.safetensors",
          "tiny model/model.safetensors",
          "pairs.jsonl"
        }) {
      Path file = folder.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
      assertThat(execute("verify", output.toString())).as(name).isEqualTo(1);
      assertThat(said).contains("differs: ").contains(file.getFileName().toString());
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
    assertThat(execute("verify", output.toString())).as(said).isZero();
  }

  @Test
  void aChangedProofShows() throws IOException {
    Path proof = output.resolve("run.json");
    Files.writeString(proof, Files.readString(proof).replace("finished", "stopped"));
    assertThat(execute("verify", output.toString())).isEqualTo(1);
    assertThat(said).contains("run.json was changed");
    Files.writeString(proof, Files.readString(proof).replace("\"pairs.jsonl\"", "\"../x\""));
    assertThat(execute("verify", output.toString())).isEqualTo(1);
    assertThat(said).contains("outside the folder");
  }

  @Test
  void absentInputsAreToldAndMayBeLetPass() throws IOException {
    Files.delete(run.data);
    assertThat(execute("verify", output.toString())).isEqualTo(1);
    assertThat(said).contains("absent: " + run.data);
    assertThat(execute("verify", "--skip_absent", output.toString())).isZero();
    Files.delete(output.resolve("README.md"));
    assertThat(execute("verify", "--skip_absent", output.toString())).isEqualTo(1);
  }

  @Test
  void aFolderWithoutProofIsAnError() {
    assertThat(execute("verify", folder.toString())).isEqualTo(1);
    assertThat(said).contains("the run has not ended");
  }
}
