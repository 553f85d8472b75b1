/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.studio.launch.Launches.Launch;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Starts real processes, in whose place a shell stands. */
@Timeout(600)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no sh")
class LaunchesTest {
  private static final int SECONDS = 300;

  @TempDir private Path temporary;
  private Path root;

  @BeforeEach
  void root() throws IOException {
    root = temporary.toRealPath();
  }

  private Launches launches(String script) {
    return new Launches(root, List.of("sh", "-c", script, "sh"));
  }

  private static RunDraft draft(String name) {
    RunMethod method = new RunMethod("dpo", MadeKeys.BINDER, List.of());
    return new RunDraft(method, name, "beta: 0.2\n", List.of("dpo"), List.of());
  }

  private static Launch until(Launches launches, String name, Predicate<Launch> condition)
      throws InterruptedException {
    for (int i = 0; i < SECONDS * 20; i++) {
      Launch found = launches.find(name).orElseThrow();
      if (condition.test(found)) {
        return found;
      }
      Thread.sleep(Duration.ofMillis(50).toMillis());
    }
    throw new AssertionError(launches.find(name) + "\n" + launches.log(name, 1000));
  }

  @Test
  void aRunGetsItsConfigurationAndItsOutputIsKept() throws Exception {
    Launches launches = launches("echo got $1 $2; cat \"$3\"; echo wrong >&2; exit 3");
    launches.start(draft("my run"));
    Launch ended = until(launches, "my run", launch -> launch.exitCode().isPresent());
    assertThat(ended.exitCode()).hasValue(3);
    assertThat(ended.alive()).isFalse();
    assertThat(launches.log("my run", 1000)).isEqualTo("got dpo --config\nbeta: 0.2\nwrong");
    // Another studio finds the same.
    assertThat(new Launches(root, List.of()).find("my run")).contains(ended);
    assertThat(launches.list()).containsExactly(ended);
  }

  @Test
  void aRunThatLivesKeepsItsName() throws Exception {
    Path stop = root.resolve("stop");
    Launches launches = launches("while [ ! -e " + stop + " ]; do sleep 0.1; done");
    launches.start(draft("one"));
    until(launches, "one", Launch::alive);
    assertThatThrownBy(() -> launches.start(draft("one")))
        .isInstanceOf(FileAlreadyExistsException.class);
    Files.createFile(stop);
    until(launches, "one", launch -> launch.exitCode().isPresent());
    launches.start(draft("one"));
    until(launches, "one", launch -> launch.exitCode().isPresent());
  }

  @Test
  void aFolderThatIsThereIsNotWrittenInto() throws IOException {
    Files.createDirectory(root.resolve("one"));
    assertThatThrownBy(() -> launches("true").start(draft("one")))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(launches("true").list()).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX) // where /proc tells it
  void theRunIsInAProcessGroupOfItsOwn() throws Exception {
    Path stat = root.resolve("stat");
    Launches launches = launches("cat /proc/$$/stat >" + stat);
    launches.start(draft("one"));
    until(launches, "one", launch -> launch.exitCode().isPresent());
    String own = Files.readString(Path.of("/proc/self/stat"));
    assertThat(group(Files.readString(stat))).isNotEqualTo(group(own));
  }

  /** The third word behind the name of the program, which stands in brackets. */
  private static String group(String stat) {
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[2];
  }

  @Test
  void secretsAndEscapesAreNotShown() throws Exception {
    Launches launches =
        launches("printf 'token hf_abcdefghijklmnopqrstuvwxyz0123456789 \\033[31mred\\n'");
    launches.start(draft("one"));
    until(launches, "one", launch -> launch.exitCode().isPresent());
    assertThat(launches.log("one", 1000)).contains("token ").doesNotContain("hf_abcdef", "\u001b");
  }

  @Test
  void onlyTheEndOfALongLogIsRead() throws Exception {
    Launches launches = launches("i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done");
    launches.start(draft("one"));
    until(launches, "one", launch -> launch.exitCode().isPresent());
    assertThat(launches.log("one", 100))
        .endsWith("line 498\nline 499")
        .doesNotContain("line 400")
        .startsWith("line ");
  }

  @Test
  void aNameThatIsNoneFindsNothing() {
    assertThat(launches("true").find("../one")).isEmpty();
    assertThat(launches("true").log("../one", 100)).isEmpty();
  }
}
