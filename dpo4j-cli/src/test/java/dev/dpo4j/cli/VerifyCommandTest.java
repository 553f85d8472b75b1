/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.checkpoint.RunProof;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.io.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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

  /** Wherever the configuration was changed, be it no configuration any more. */
  @Test
  void aConfigurationThatCannotBeReadShows() throws IOException {
    Path file = output.resolve("config.yaml");
    byte[] bytes = Files.readAllBytes(file);
    for (byte change : new byte[] {0, '\t', '{', '"'}) {
      byte[] changed = bytes.clone();
      changed[bytes.length / 3] = change;
      Files.write(file, changed);
      assertThat(execute("verify", output.toString())).as("byte %d", change).isEqualTo(1);
      assertThat(said).contains("differs: ").contains("config.yaml");
    }
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

  @Test
  void aFolderInWhichTwoRunsHaveWrittenIsNotVerified() throws IOException {
    Path other = folder.resolve("other");
    Files.writeString(run.data, Files.readString(run.data).replaceFirst("\\n[^\\n]+\\n", "\n"));
    assertThat(execute(run.into(other))).as(said).isZero();
    for (String file : new String[] {"trainer_state.json", "checkpoint-2", "model.safetensors"}) {
      Path mixed = folder.resolve("mixed-" + file);
      copy(other, mixed);
      Folders.delete(mixed.resolve(file));
      copy(output.resolve(file), mixed.resolve(file));
      proveAgain(mixed);
      assertThat(execute("verify", mixed.toString())).as(file + "\n" + said).isEqualTo(1);
      assertThat(said).as(file).contains("is of another run");
    }
    Path added = folder.resolve("added");
    copy(other, added);
    copy(output.resolve("model.safetensors"), added.resolve("model-00002-of-00002.safetensors"));
    assertThat(execute("verify", added.toString())).isEqualTo(1);
    assertThat(said).contains("model-00002-of-00002.safetensors was not written by this run");
  }

  /** Lets every file have the checksum that the proof names. */
  private static void proveAgain(Path mixed) throws IOException {
    JsonNode proof = JsonMapper.shared().readTree(mixed.resolve("run.json"));
    Map<String, Object> facts = new LinkedHashMap<>();
    proof.path("facts").properties().forEach(fact -> facts.put(fact.getKey(), fact.getValue()));
    RunProof.write(mixed, facts, Map.of());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
