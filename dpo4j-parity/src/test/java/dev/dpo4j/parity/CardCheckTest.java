/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code gpu/check.sh} with a Java that only prints: what it says and leaves when things go wrong.
 */
class CardCheckTest {
  private static final String PASSES = "echo 'version 17'; echo '[ 3 tests successful ]'";

  private static final String FAILS =
      "printf 'JUnit > lion() :: FAILED\\n\\tit was 3\\n[ 1 tests failed ]\\n'; exit 1";

  /** A folder with a space, as users have them. */
  @TempDir(factory = Spaced.class)
  Path folder;

  private Path bundle;
  private Path results;

  @BeforeEach
  void toolsAreThere() throws Exception {
    for (String tool : List.of("bash", "python3", "tar", "xz", "timeout", "flock")) {
      assumeTrue(run(List.of("sh", "-c", "command -v " + tool)).code == 0, tool + " is not here");
    }
    bundle = Files.createDirectories(folder.resolve("bundle"));
    results = folder.resolve("results");
  }

  @Test
  void aPartOrTestThatDoesNotExistIsRefusedBeforeAnythingIsWritten() throws Exception {
    bundle(PASSES);
    Ended part = check(Map.of("DPO4J_CHECK_PARTS", "golden quen"));
    assertThat(part.code).isEqualTo(2);
    assertThat(part.output).contains("there is no part 'quen'", "qwen-more");
    Ended test = check(Map.of("DPO4J_CHECK_TESTS", "ModelTest"));
    assertThat(test.code).isEqualTo(2);
    assertThat(test.output).contains("there is no test 'ModelTest'", "ModelParityTest");
    assertThat(results).doesNotExist();
  }

  @Test
  void aFailingTestStopsNoOtherAndAPartWithoutItsModelIsLeftOut() throws Exception {
    bundle("case \"$*\" in *Optimizer*) " + FAILS + " ;; esac; " + PASSES);
    Map<String, String> settings =
        Map.of("DPO4J_CHECK_PARTS", "golden profile", "DPO4J_CHECK_SHAPE", "no-such-shape");
    Ended ended = check(settings);
    assertThat(ended.code).as(ended.output).isZero();
    assertThat(ended.output)
        .contains("OptimizerParityTest: exit 1, 1 tests failed")
        .contains("lion() :: FAILED", "it was 3")
        .contains("profile: left out, there is no model no-such-shape")
        .contains("with failures in OptimizerParityTest");
    JsonNode found = found();
    assertThat(found.at("/tests/OptimizerParityTest/failed").asInt()).isOne();
    assertThat(found.at("/tests/OptimizerParityTest/failures/0/why").asString())
        .isEqualTo("it was 3");
    assertThat(found.at("/tests/ModelParityTest/successful").asInt()).isEqualTo(3);
    assertThat(found.at("/ended/OptimizerParityTest/exit").asInt()).isOne();
    // A second start keeps what the first wrote.
    check(settings);
    assertThat(results.resolve("check-1.json")).exists();
    assertThat(results.resolve("check-1.txt")).hasContent(ended.output);
  }

  @Test
  void aJavaThatDoesNotStartIsNamedWithItsReason() throws Exception {
    bundle("echo \"no GLIBC_9.9 was found\" >&2; exit 1");
    Ended ended = check(Map.of("DPO4J_CHECK_PARTS", "golden"));
    assertThat(ended.code).isZero();
    assertThat(ended.output).contains("our side is left out", "GLIBC_9.9", "DPO4J_CHECK_WORK");
    assertThat(found().get("tests")).isEmpty();
  }

  @Test
  void whatAnEarlyEndLeavesIsWhole() throws Exception {
    bundle(
        "case \"$*\" in *-version*) echo version; exit ;; esac; echo started > \"$0.started\"; sleep 60");
    Process process = start(Map.of("DPO4J_CHECK_PARTS", "golden"), folder.resolve("output"));
    Path started = folder.resolve("work/jre/bin/java.started");
    for (int i = 0; i < 600 && !Files.exists(started); i++) {
      Thread.sleep(50);
    }
    assertThat(started).exists();
    process.destroy();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(143);
    assertThat(Files.readString(results.resolve("check.txt")))
        .contains("unpack")
        .contains("cut off");
    assertThat(found().at("/machine/device").asString()).isEqualTo("emulated");
  }

  @Test
  void aProgramThatHangsIsEndedAndTheNextOnesRun() throws Exception {
    bundle(
        "case \"$*\" in *-version*) echo version; exit ;; *Optimizer*) sleep 60 ;; esac; "
            + PASSES);
    Ended ended =
        check(
            Map.of(
                "DPO4J_CHECK_PARTS", "golden",
                "DPO4J_CHECK_TESTS", "ModelParityTest OptimizerParityTest",
                // Every limit becomes the shortest, one second.
                "DPO4J_CHECK_PATIENCE", "0"));
    assertThat(ended.code).isZero();
    assertThat(ended.output).contains("OptimizerParityTest: ended after its 1 s");
    assertThat(ended.output).contains("ModelParityTest: exit");
    assertThat(found().at("/ended/OptimizerParityTest/exit").asInt()).isEqualTo(124);
  }

  @Test
  void whereNoTimeIsLeftNothingBegins() throws Exception {
    bundle("case \"$*\" in *-version*) echo version; exit ;; esac; sleep 60");
    Ended ended = check(Map.of("DPO4J_CHECK_PARTS", "golden", "DPO4J_CHECK_SECONDS", "1"));
    assertThat(ended.code).isZero();
    assertThat(ended.output).contains("ModelParityTest: left out, no time for it");
    assertThat(found().get("tests")).isEmpty();
  }

  private JsonNode found() {
    return new JsonMapper().readTree(results.resolve("check.json").toFile());
  }

  /** Packs a Java that is a script, and the few files that are read before anything runs. */
  private void bundle(String java) throws Exception {
    Path content = Files.createDirectories(folder.resolve("content"));
    Path program = content.resolve("jre/bin/java");
    Files.createDirectories(program.getParent());
    Files.writeString(program, "#!/bin/sh\n" + java + "\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    Path data = Files.createDirectories(content.resolve("bundle/shared/data"));
    Files.writeString(
        data.resolve("dpo-en.jsonl"),
        "{\"prompt\": [{\"role\": \"user\", \"content\": \"Hi\"}]}\n");
    for (String name : List.of("jre", "bundle")) {
      Path file = bundle.resolve(name + ".tar.xz");
      Ended packed = run(List.of("tar", "-C", content.toString(), "-cJf", file.toString(), name));
      assertThat(packed.code).as(packed.output).isZero();
    }
  }

  private Ended check(Map<String, String> settings) throws Exception {
    Path output = folder.resolve("output");
    Process process = start(settings, output);
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    return new Ended(process.exitValue(), Files.readString(output));
  }

  private Process start(Map<String, String> settings, Path output) throws IOException {
    String script = Path.of("gpu", "check.sh").toAbsolutePath().toString();
    ProcessBuilder builder =
        new ProcessBuilder("bash", script, bundle.toString(), results.toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("DPO4J_CHECK_"));
    builder.environment().put("DPO4J_CHECK_DEVICE", "emulated");
    builder.environment().put("DPO4J_CHECK_PEER", "0");
    builder.environment().put("DPO4J_CHECK_PROMPTS", "1");
    builder.environment().put("DPO4J_CHECK_WORK", folder.resolve("work").toString());
    builder.environment().put("DPO4J_CHECK_SHM", folder.resolve("shm").toString());
    builder.environment().putAll(settings);
    return builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
  }

  private Ended run(List<String> command) throws IOException, InterruptedException {
    Path output = folder.resolve("tool");
    Process process =
        new ProcessBuilder(new ArrayList<>(command))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new Ended(process.waitFor(), Files.readString(output));
  }

  private record Ended(int code, String output) {}

  /** Makes a folder whose name has a space. */
  static final class Spaced implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      return Files.createTempDirectory("card check");
    }
  }
}
