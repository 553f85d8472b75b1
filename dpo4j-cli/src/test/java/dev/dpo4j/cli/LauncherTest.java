/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher in a copied tree, with a stand-in for Maven and one for Java. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(300)
class LauncherTest {
  private final Path tree;
  private final Path bin;
  private final Path jdk;

  LauncherTest(@TempDir Path folder) {
    this.tree = folder.resolve("a tree");
    this.bin = folder.resolve("bin");
    this.jdk = folder.resolve("jdk");
  }

  @BeforeEach
  void layTheTree() throws IOException {
    for (String module : List.of("chat-template", "core", "studio", "cli")) {
      Path sources = Files.createDirectories(tree.resolve("dpo4j-" + module + "/src/main/java"));
      write(sources.resolve("Some.java"), "class Some {}");
      write(tree.resolve("dpo4j-" + module + "/pom.xml"), "<project/>");
    }
    write(tree.resolve("pom.xml"), "<project/>");
    Path launcher = tree.resolve("dpo4j");
    Files.copy(Path.of("..", "dpo4j"), launcher, StandardCopyOption.COPY_ATTRIBUTES);
    java(17);
    maven(
        "3.9.9",
        """
        echo built >> builds
        mkdir -p dpo4j-cli/target
        printf '%s' "$PWD/pom.xml" > dpo4j-cli/target/classpath.txt
        """);
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static void script(Path file, String text) throws IOException {
    write(file, "#!/bin/sh\n" + text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private void java(int version) throws IOException {
    write(jdk.resolve("release"), "JAVA_VERSION=\"" + version + ".0.1\"\n");
    script(
        jdk.resolve("bin/java"),
        """
        echo "pid $$"
        echo "arena $MALLOC_ARENA_MAX omp ${OMP_NUM_THREADS:-none}"
        for argument; do printf '<%s>\\n' "$argument"; done
        exit 7
        """);
  }

  private void maven(String version, String build) throws IOException {
    script(
        bin.resolve("mvn"),
        "if [ \"$1\" = -v ]; then echo 'Apache Maven " + version + " (x)'; exit; fi\n" + build);
  }

  private record Result(int code, long pid, List<String> out, String err) {}

  private Result launch(Path launcher, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    Path errors = Files.createTempFile(bin, "err", ".txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.directory(bin.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(MALLOC|DPO4J|OMP)_.*"));
    builder.environment().put("PATH", bin + ":/usr/bin:/bin");
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    return new Result(code, process.pid(), out.lines().toList(), Files.readString(errors));
  }

  private Result launch(String... arguments) throws IOException, InterruptedException {
    return launch(tree.resolve("dpo4j"), Map.of(), arguments);
  }

  private long builds() throws IOException {
    Path log = tree.resolve("builds");
    return Files.exists(log) ? Files.readAllLines(log).size() : 0;
  }

  @Test
  void theFirstStartBuildsAndSaysSoAndTheSecondDoesNot() throws Exception {
    Result first = launch("doctor");
    assertThat(first.err()).contains("dpo4j: building (first use)").endsWith("dpo4j: built\n");
    Result second = launch("doctor");
    assertThat(second.err()).isEmpty();
    assertThat(builds()).isOne();
  }

  @Test
  void aChangedSourceIsBuiltAgain() throws Exception {
    launch("doctor");
    Path source = tree.resolve("dpo4j-core/src/main/java/Some.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(launch("doctor").err()).contains("Some.java changed");
    assertThat(builds()).isEqualTo(2);
    assertThat(launch(tree.resolve("dpo4j"), Map.of("DPO4J_NO_BUILD", "1"), "x").err()).isEmpty();
  }

  @Test
  void aJarThatIsGoneIsFetchedAgain() throws Exception {
    launch("doctor");
    write(tree.resolve("dpo4j-cli/target/classpath.txt"), "/nowhere/a.jar");
    assertThat(launch("doctor").err()).contains("/nowhere/a.jar is gone");
  }

  @Test
  void argumentsExitCodeAndProcessAreThoseOfJava() throws Exception {
    launch("x");
    Result result =
        launch(
            tree.resolve("dpo4j"),
            Map.of("DPO4J_JAVA_OPTS", "-Xmx3g -Dx=y", "DPO4J_THREADS", "3"),
            "generate",
            "--prompt",
            "two words \"quoted\"",
            "");
    assertThat(result.code()).isEqualTo(7);
    // The shell has become Java: signals need no forwarding.
    assertThat(result.out()).startsWith("pid " + result.pid(), "arena 64 omp 3");
    assertThat(result.out())
        .containsSubsequence("<-Xmx1g>", "<-Xmx3g>", "<-Dx=y>", "<dev.dpo4j.cli.Main>")
        .endsWith("<generate>", "<--prompt>", "<two words \"quoted\">", "<>")
        .contains("<-Dorg.bytedeco.javacpp.maxPhysicalBytes=0>", "<-Dai.djl.offline=true>")
        .contains(
            "<"
                + tree.toRealPath()
                + "/dpo4j-cli/target/dpo4j-cli.jar:"
                + tree.toRealPath()
                + "/pom.xml>");
  }

  @Test
  void itWorksThroughASymbolicLink() throws Exception {
    Path link = Files.createSymbolicLink(bin.resolve("link"), tree.resolve("dpo4j"));
    Path second = Files.createSymbolicLink(bin.resolve("second"), Path.of("link"));
    assertThat(launch(second, Map.of(), "doctor").code()).isEqualTo(7);
    assertThat(launch(link, Map.of(), "doctor").err()).isEmpty();
    assertThat(builds()).isOne();
  }

  @Test
  void aBuildThatFailsShowsMavensMessages() throws Exception {
    maven("3.9.9", "echo '[ERROR] Some.java:1 broken'; exit 1\n");
    Result result = launch("doctor");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("[ERROR] Some.java:1 broken", "the build failed");
  }

  /** What {@code mvn -Pdist package} packs: the launcher beside a folder of jars. */
  private Path unpacked() throws IOException {
    Path folder = tree.resolveSibling("un packed");
    for (String jar : List.of("b.jar", "dpo4j-cli.jar", "a.jar")) {
      write(folder.resolve("lib").resolve(jar), "jar");
    }
    Files.copy(tree.resolve("dpo4j"), folder.resolve("dpo4j"), StandardCopyOption.COPY_ATTRIBUTES);
    return folder.toRealPath();
  }

  @Test
  void aDistributionStartsItsJarsAndNeedsNoMaven() throws Exception {
    Path folder = unpacked();
    Files.delete(bin.resolve("mvn"));
    Result first = launch(folder.resolve("dpo4j"), Map.of(), "doctor", "two words");
    assertThat(first.code()).isEqualTo(7);
    assertThat(first.err()).isEqualTo("dpo4j: preparing fast starts, once after unpacking ...\n");
    Path lib = folder.resolve("lib");
    assertThat(first.out())
        .containsSubsequence(
            "<-cp>",
            "<" + lib + "/a.jar:" + lib + "/b.jar:" + lib + "/dpo4j-cli.jar>",
            "<dev.dpo4j.cli.Main>",
            "<doctor>",
            "<two words>");
    assertThat(launch(folder.resolve("dpo4j"), Map.of(), "doctor").err()).isEmpty();
  }

  @Test
  void aDistributionWithoutItsJarsSaysSo() throws Exception {
    Path folder = unpacked();
    Files.delete(folder.resolve("lib/dpo4j-cli.jar"));
    Result result = launch(folder.resolve("dpo4j"), Map.of(), "doctor");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("lib/dpo4j-cli.jar is missing; unpack the distribution again");
  }

  @Test
  void anOldOrMissingMavenIsNamed() throws Exception {
    maven("3.6.3", "exit 0\n");
    assertThat(launch("doctor").err()).contains("Maven 3.6.3; building needs 3.8 or newer");
    maven("4.0.0", "exit 1\n");
    assertThat(launch("doctor").err()).contains("the build failed");
  }

  @Test
  void anOldOrMissingJavaIsNamed() throws Exception {
    java(11);
    Result old = launch("doctor");
    assertThat(old.code()).isEqualTo(1);
    assertThat(old.err()).contains("Java 11; dpo4j needs 17 or newer");
    Result missing = launch(tree.resolve("dpo4j"), Map.of("JAVA_HOME", "/nowhere"), "doctor");
    assertThat(missing.err()).contains("JAVA_HOME is /nowhere");
  }

  @Test
  void newerJavasAreToldThatNativeAccessIsMeant() throws Exception {
    java(25);
    assertThat(launch("x").out()).contains("<--enable-native-access=ALL-UNNAMED>");
    java(21);
    assertThat(launch("x").out()).doesNotContain("<--enable-native-access=ALL-UNNAMED>");
  }
}
