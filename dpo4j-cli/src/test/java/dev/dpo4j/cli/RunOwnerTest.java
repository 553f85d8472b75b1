/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.OwnerLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run folder has one owner, and what is refused leaves it as it was. */
@Timeout(600)
class RunOwnerTest {
  @TempDir private Path folder;
  private Path output;
  private ChildRun run;
  private String said = "";

  @BeforeEach
  void prepare() throws IOException {
    output = folder.resolve("out");
    run = ChildRun.dpo(folder, "--max_steps=2");
  }

  private int execute(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    said = console.out() + console.err();
    return code;
  }

  private static Map<String, String> files(Path of) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(of)) {
      for (Path file : all.toList()) {
        files.put(
            of.relativize(file).toString(),
            Files.isDirectory(file) ? "folder" : Checksums.of(file));
      }
    }
    return files;
  }

  @Test
  void aSecondCommandIsToldWhoWritesTheFolder() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      OwnerLock lock = other.submit(() -> OwnerLock.ofFolder(output)).get();
      Map<String, String> before = files(folder);
      for (String more :
          new String[] {"--overwrite_output_dir=true", "--resume_from_checkpoint=auto"}) {
        assertThat(execute(run.into(output, more))).as(said).isEqualTo(2);
        assertThat(said).contains("out is in use: ").contains("nothing was changed");
        assertThat(files(folder)).isEqualTo(before);
      }
      lock.close();
    } finally {
      other.shutdownNow();
    }
    assertThat(execute(run.into(output))).as(said).isZero();
    assertThat(output.resolve(OwnerLock.FOLDER_FILE)).doesNotExist();
  }

  @Test
  void aRefusedResumeLeavesTheFinishedRunAsItWas() throws IOException {
    assertThat(execute(run.into(output))).as(said).isZero();
    Map<String, String> before = files(output);
    String rows = Files.readString(run.data);
    Files.writeString(run.data, rows.replaceFirst("\n[^\n]+\n", "\n"));
    assertThat(execute(run.into(output, "--resume_from_checkpoint=auto"))).isNotZero();
    assertThat(said).contains("other data");
    assertThat(files(output)).isEqualTo(before);
    Files.writeString(run.data, rows);
    assertThat(execute(run.into(output, "--resume_from_checkpoint=auto", "--beta=0.5")))
        .isEqualTo(2);
    assertThat(files(output)).isEqualTo(before);
    assertThat(execute("verify", output.toString())).as(said).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b/"})
  void aRunThatIsRefusedLeavesNoFolder(String parents) throws IOException {
    Files.writeString(run.data, "{\"nothing\": 1}\n");
    Map<String, String> before = files(folder);
    assertThat(execute(run.into(folder.resolve(parents + "new")))).as(said).isEqualTo(3);
    assertThat(files(folder)).isEqualTo(before);
  }

  @Test
  void aDeviceOrAFileIsNoOutputFolder() throws IOException {
    for (String name : new String[] {"/dev/null", run.data.toString()}) {
      assertThat(execute(run.into(Path.of(name)))).isEqualTo(2);
      assertThat(said).contains("output_dir").contains("expected a folder");
    }
  }
}
