/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.Model;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The program of {@code examples/} and the one in the READMEs compile; the former runs. */
class FineTuneExampleTest {
  private static final Path EXAMPLE = Path.of("..", "examples", "FineTune.java");

  private static final Path GUIDE = Path.of("..", "examples", "UseFromJava.java");
  private static final Path GENERATOR =
      Path.of("..", "dpo4j-core/src/test/java/dev/dpo4j/api/GeneratorTest.java");

  @TempDir private Path folder;

  @Test
  void theExampleTrainsAndLeavesWhatTheReadmePromises() throws Exception {
    Path model = TinyModel.write(folder);
    Path output = folder.resolve("out");
    Path classes = compile(EXAMPLE);
    ClassLoader parent = FineTuneExampleTest.class.getClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, parent)) {
      loader
          .loadClass("FineTune")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {model.toString(), output.toString()});
    }
    for (String name :
        List.of(
            "config.json",
            "model.safetensors",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "README.md",
            "config.yaml",
            "metrics.jsonl",
            "trainer_state.json")) {
      assertThat(output.resolve(name)).as(name).exists();
    }
    assertThat(output.resolve("config.yaml")).content().contains("bf16: true", "beta: 0.1");
    JsonNode state = new JsonMapper().readTree(output.resolve("trainer_state.json").toFile());
    assertThat(state.get("global_step").asInt()).isEqualTo(1);
    try (Model trained = Model.load(output)) {
      assertThat(trained.generate("a lantern", 3)).isNotNull();
    }
  }

  @Test
  void theProgramOfTheGuideRuns() throws Exception {
    Path model = TinyModel.write(folder);
    Path work = Files.createDirectories(folder.resolve("work"));
    Path classes = compile(GUIDE);
    ClassLoader parent = FineTuneExampleTest.class.getClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, parent)) {
      loader
          .loadClass("UseFromJava")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {model.toString(), work.toString()});
    }
    for (String run :
        List.of(
            "followed",
            "sink",
            "own-metric",
            "own-loss",
            "own-optimizer",
            "beta-0.05",
            "beta-0.5",
            "sft",
            "kto")) {
      assertThat(work.resolve(run).resolve("model.safetensors")).as(run).exists();
    }
    assertThat(work.resolve("own-loss").resolve("README.md")).content().contains("squared_margin");
  }

  @Test
  void theCodeOfTheGuideIsThatOfItsProgram() throws IOException {
    // Generating has a test of its own, which runs it.
    String program = plain(Files.readString(GUIDE) + Files.readString(GENERATOR));
    String page = Files.readString(Path.of("..", "docs", "how-to", "use-from-java.md"));
    List<String> blocks =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(page)
            .results()
            .map(block -> plain(block.group(1)))
            .toList();
    assertThat(blocks)
        .hasSizeGreaterThan(12)
        .allSatisfy(block -> assertThat(program).contains(block));
  }

  /** Code without its indentation and the line breaks that follow from it. */
  private static String plain(String code) {
    return code.replaceAll("\\s+", " ").strip();
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "README.zh.md"})
  void theProgramOfTheReadmeCompiles(String page) throws IOException {
    String text = Files.readString(Path.of("..", page));
    Matcher program = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(text);
    assertThat(program.find()).isTrue();
    String imports =
        Files.readString(EXAMPLE)
            .lines()
            .filter(line -> line.startsWith("import "))
            .reduce("", (all, line) -> all + line + "\n");
    Path source =
        Files.writeString(
            folder.resolve("Readme.java"),
            imports + "class Readme {\n  void run() {\n" + program.group(1) + "  }\n}\n");
    assertThat(compile(source).resolve("Readme.class")).exists();
  }

  private Path compile(Path source) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-Xlint:all,-classfile,-processing",
            "-Werror",
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            classes.toString());
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      Iterable<File> sources = List.of(source.toFile());
      boolean done =
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromFiles(sources))
              .call();
      assertThat(done).as(messages.toString()).isTrue();
    }
    return classes;
  }
}
