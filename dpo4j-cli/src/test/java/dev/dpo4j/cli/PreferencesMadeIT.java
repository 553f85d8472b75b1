/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Preference data are made from nothing but prompts, and a model is trained on them: two answers
 * are sampled from a real model, a person in a real browser judges some by keyboard, a stronger
 * model the others.
 */
@Tag("heavy")
@DisabledOnOs(OS.WINDOWS)
class PreferencesMadeIT {
  private static final int PROMPTS = 20;
  private static final int BY_HAND = 6;
  private static final long PATIENCE_MILLIS = 180_000;

  @TempDir private Path folder;

  private static Path model() {
    if (System.getenv("DPO4J_SHARED") == null) {
      Assumptions.abort("DPO4J_SHARED is not set");
    }
    String root = System.getenv("DPO4J_MODELS");
    Path models =
        root != null
            ? Path.of(root)
            : Path.of(System.getProperty("user.home"), ".cache", "dpo4j-models");
    return models.resolve("smollm2-135m-instruct");
  }

  private String run(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption(), Map.of("KEY", "of-the-fake"))
            .execute(arguments);
    assertThat(code).as(String.join(" ", arguments) + "\n" + console.err()).isZero();
    return console.out();
  }

  private List<JsonNode> rows(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> JsonMapper.shared().readTree(line))
        .toList();
  }

  @Test
  @Timeout(900)
  void promptsBecomeATrainedModel() throws Exception {
    Path answers = sample();
    List<String> lines = Files.readAllLines(answers);
    Path some = folder.resolve("some.jsonl");
    Path others = folder.resolve("others.jsonl");
    Files.write(some, lines.subList(0, BY_HAND));
    Files.write(others, lines.subList(BY_HAND, PROMPTS));
    Path people = labelByHand(some);
    Path machine = judge(others);
    Path pairs = folder.resolve("pairs.jsonl");
    try (Stream<String> all = Stream.concat(Files.lines(people), Files.lines(machine))) {
      Files.write(pairs, all.toList());
    }
    Path output = folder.resolve("out");
    run(
        "dpo",
        "--model_name_or_path=" + model(),
        "--dataset_name=" + pairs,
        "--output_dir=" + output,
        "--use_peft",
        "--learning_rate=1e-4",
        "--per_device_train_batch_size=4",
        "--num_train_epochs=3",
        "--logging_steps=1");
    List<JsonNode> metrics = rows(output.resolve("metrics.jsonl"));
    assertThat(metrics.get(0).get("loss").asDouble()).isEqualTo(Math.log(2));
    assertThat(metrics.get(metrics.size() - 1).get("rewards/margins").asDouble()).isPositive();
    assertThat(output.resolve("adapter_model.safetensors")).exists();
  }

  private Path sample() throws IOException {
    Path prompts = folder.resolve("prompts.txt");
    String[] things = {"a kite", "rust", "an echo", "salt", "a tide"};
    String[] asks = {
      "Explain %s to a child.",
      "Write one sentence about %s.",
      "What is %s good for?",
      "Name three facts about %s."
    };
    Files.write(
        prompts,
        Arrays.stream(things)
            .flatMap(thing -> Arrays.stream(asks).map(ask -> ask.formatted(thing)))
            .toList());
    Path answers = folder.resolve("answers.jsonl");
    run(
        "generate",
        "--model_name_or_path=" + model(),
        "--prompts=" + prompts,
        "--output=" + answers,
        "--num_return_sequences=2",
        "--temperature=0.9",
        "--max_new_tokens=24",
        "--seed=7");
    assertThat(rows(answers)).hasSize(PROMPTS).allMatch(row -> row.get("responses").size() == 2);
    return answers;
  }

  private Path labelByHand(Path rows) throws Exception {
    Path decisions = folder.resolve("decisions.jsonl");
    List<String> command =
        ChildRun.command(
            "label", rows.toString(), "--output", decisions.toString(), "--annotator", "Ann");
    Path errors = folder.resolve("label.txt");
    Process server = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try (BufferedReader out = server.inputReader(StandardCharsets.UTF_8)) {
      String address = out.readLine();
      assertThat(address).as(Files.readString(errors)).isNotNull();
      decideAll(address);
    } finally {
      server.toHandle().destroy();
      server.waitFor();
    }
    assertThat(
            rows(decisions).stream()
                .filter(line -> line.path("type").asString().equals("decision")))
        .hasSize(BY_HAND);
    Path pairs = folder.resolve("people.jsonl");
    run("label", "export", decisions.toString(), "--output", pairs.toString());
    assertThat(rows(pairs)).hasSize(BY_HAND);
    return pairs;
  }

  private static void decideAll(String address) throws InterruptedException {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(program("chromium"));
    options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage");
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingDriverExecutable(program("chromedriver")).build();
    ChromeDriver browser = new ChromeDriver(service, options);
    try {
      browser.get(address);
      for (int i = 0; i < BY_HAND; i++) {
        until(
            browser,
            "document.getElementById('progress-text').textContent.includes('"
                + i
                + " of ') && document.activeElement.id === 'prompt-title'"
                + " && !document.body.matches('.busy')");
        browser
            .switchTo()
            .activeElement()
            .sendKeys(i % 2 == 0 ? Keys.ARROW_LEFT : Keys.ARROW_RIGHT);
      }
      until(
          browser,
          "document.getElementById('progress-text').textContent.includes('" + BY_HAND + " of ')");
    } finally {
      browser.quit();
    }
  }

  private static void until(ChromeDriver browser, String condition) throws InterruptedException {
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (!Boolean.TRUE.equals(browser.executeScript("return Boolean(" + condition + ")"))) {
      assertThat(System.currentTimeMillis()).as("never true: " + condition).isLessThan(end);
      Thread.sleep(20);
    }
  }

  private static File program(String name) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .map(place -> Path.of(place, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Path::toFile)
        .orElseGet(() -> Assumptions.abort("no program " + name + " is installed"));
  }

  /** The stronger model prefers the answer with more different words. */
  private Path judge(Path rows) throws Exception {
    Path pairs = folder.resolve("machine.jsonl");
    try (FakeEndpoint endpoint =
        new FakeEndpoint(
            request -> {
              int difference = words(request.shown("A")) - words(request.shown("B"));
              return FakeEndpoint.Response.verdict(
                  difference > 0 ? "A" : difference < 0 ? "B" : "tie");
            })) {
      String report =
          run(
              "judge",
              rows.toString(),
              "--base_url=" + endpoint.url(),
              "--judge_model=strong",
              "--output=" + folder.resolve("judged.jsonl"),
              "--pairs=" + pairs,
              // Most answers are cut at their 24 tokens.
              "--keep_cut_answers=true",
              "--api_key_env=KEY",
              "--json");
      assertThat(JsonMapper.shared().readTree(report).toString()).contains("flip");
      assertThat(endpoint.paid()).hasSize(2 * (PROMPTS - BY_HAND));
    }
    // Two sampled answers rarely have the same number of different words.
    assertThat(rows(pairs)).hasSizeGreaterThan((PROMPTS - BY_HAND) / 2);
    return pairs;
  }

  private static int words(String text) {
    return (int) Arrays.stream(text.split("\\s+", -1)).map(String::toLowerCase).distinct().count();
  }
}
