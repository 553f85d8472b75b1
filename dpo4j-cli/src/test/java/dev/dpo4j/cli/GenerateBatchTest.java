/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command generate with a file of prompts, on a tiny model with random weights. */
class GenerateBatchTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path models;
  private static Path model = Path.of("");
  private static Path other = Path.of("");

  @TempDir Path folder;

  @BeforeAll
  static void writeModels() throws IOException {
    model = TinyModel.write(models.resolve("a"));
    other = TinyModel.write(models.resolve("b"), 2);
  }

  private Path prompts(int count) throws IOException {
    List<String> lines =
        IntStream.range(0, count)
            .mapToObj(i -> "{\"prompt\": \"%s %d\"}".formatted("lantern ".repeat(i % 4), i))
            .toList();
    return Files.write(folder.resolve("prompts.jsonl"), lines);
  }

  private static CapturedConsole run(int expected, List<String> arguments) {
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
    assertThat(code).as(console.err()).isEqualTo(expected);
    return console;
  }

  private List<String> arguments(Path prompts, String output, String... more) {
    List<String> arguments = new ArrayList<>(List.of("generate"));
    arguments.add("--model_name_or_path=" + model);
    arguments.add("--prompts=" + prompts);
    arguments.add("--output=" + folder.resolve(output));
    if (List.of(more).stream().noneMatch(argument -> argument.startsWith("--max_new_tokens"))) {
      arguments.add("--max_new_tokens=6");
    }
    arguments.addAll(List.of(more));
    return arguments;
  }

  private List<JsonNode> generate(Path prompts, String output, String... more) throws IOException {
    run(0, arguments(prompts, output, more));
    return rows(output);
  }

  private List<JsonNode> rows(String output) throws IOException {
    return Files.readAllLines(folder.resolve(output)).stream()
        .map(line -> JSON.readTree(line))
        .toList();
  }

  private static List<String> texts(JsonNode row) {
    List<String> texts = new ArrayList<>();
    row.get("responses").forEach(text -> texts.add(text.asString()));
    return texts;
  }

  @Test
  void everyPromptIsAnsweredInOrderAsItIsAnsweredAlone() throws IOException {
    List<JsonNode> rows = generate(prompts(7), "out.jsonl", "--batch_size=3");
    assertThat(rows).hasSize(7);
    for (int i = 0; i < 7; i++) {
      String prompt = "lantern ".repeat(i % 4) + " " + i;
      JsonNode message = rows.get(i).get("prompt").get(0);
      assertThat(message.get("content").asString()).isEqualTo(prompt);
      assertThat(message.get("role").asString()).isEqualTo("user");
      CapturedConsole alone =
          run(
              0,
              List.of(
                  "generate",
                  "--model_name_or_path=" + model,
                  "--prompt=" + prompt,
                  "--max_new_tokens=6"));
      assertThat(texts(rows.get(i)).get(0) + "\n").isEqualTo(alone.out());
      assertThat(rows.get(i).get("models").get(0).asString()).isEqualTo(model.toString());
    }
  }

  @Test
  void drawsDependOnTheSeedOfTheAnswerAndNotOnTheBatch() throws IOException {
    String[] draw = {"--temperature=1.0", "--num_return_sequences=3", "--top_p=0.9"};
    Path prompts = prompts(4);
    List<JsonNode> one = generate(prompts, "1.jsonl", with(draw, "--batch_size=1"));
    List<JsonNode> five = generate(prompts, "5.jsonl", with(draw, "--batch_size=5"));
    assertThat(five).isEqualTo(one);
    assertThat(texts(one.get(0))).hasSize(3).doesNotHaveDuplicates();
    List<JsonNode> seed = generate(prompts, "s.jsonl", with(draw, "--batch_size=5", "--seed=7"));
    assertThat(texts(seed.get(0))).isNotEqualTo(texts(one.get(0)));
    // The seed in the row makes the same answer on its own.
    CapturedConsole alone =
        run(
            0,
            List.of(
                "generate",
                "--model_name_or_path=" + model,
                "--prompt=lantern  1",
                "--max_new_tokens=6",
                "--temperature=1.0",
                "--top_p=0.9",
                "--seed=" + one.get(1).get("seeds").get(2).asLong()));
    assertThat(alone.out()).isEqualTo(texts(one.get(1)).get(2) + "\n");
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void rowsThatAreThereAreNotMadeAgainAndATornOneIs() throws IOException {
    Path prompts = prompts(5);
    generate(prompts, "out.jsonl");
    String whole = Files.readString(folder.resolve("out.jsonl"));
    List<String> lines = whole.lines().toList();
    Files.writeString(
        folder.resolve("out.jsonl"),
        lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(2).substring(0, 20));
    CapturedConsole console = run(0, arguments(prompts, "out.jsonl"));
    assertThat(Files.readString(folder.resolve("out.jsonl"))).isEqualTo(whole);
    assertThat(console.err())
        .contains("ended inside a row: its 20 bytes are cut off")
        .contains("2 of 5 rows are there already")
        .contains("5 rows, 3 of them new");
    CapturedConsole again = run(0, arguments(prompts, "out.jsonl", "--json"));
    assertThat(JSON.readTree(again.out()).get("new_rows").asInt()).isZero();
  }

  @Test
  void anOutputOfOtherPromptsOrSettingsIsRefused() throws IOException {
    Path prompts = prompts(2);
    generate(prompts, "out.jsonl");
    CapturedConsole settings = run(2, arguments(prompts, "out.jsonl", "--repetition_penalty=1.2"));
    assertThat(settings.err()).contains("row 1 was made with other settings: sampling is");
    Files.writeString(prompts, "\"other\"\n\"prompts\"\n");
    assertThat(run(2, arguments(prompts, "out.jsonl")).err()).contains("prompt is");
    Files.writeString(prompts, "\"one\"\n");
    assertThat(run(3, arguments(prompts, "out.jsonl")).err())
        .contains("has 2 rows but there are only 1 prompts");
  }

  @Test
  void answersOfWeightsInFewerBitsDoNotGoOnInAFileOfExactOnes() throws IOException {
    Path prompts = prompts(2);
    generate(prompts, "a.jsonl");
    for (String bits : List.of("--decode_weights=int8", "--load_in_4bit=true")) {
      assertThat(run(2, arguments(prompts, "a.jsonl", bits)).err())
          .contains("was made with other settings");
    }
  }

  @Test
  void weightsInEightBitsOfABaseInFourAreRefusedByName() throws IOException {
    String[] both = {"--decode_weights=int8", "--load_in_4bit=true"};
    assertThat(run(2, arguments(prompts(1), "a.jsonl", both)).err())
        .contains("decode_weights: weights in 8 bits are not possible here");
  }

  @Test
  void twoModelsAnswerEveryPromptInTurn() throws IOException {
    Path prompts = prompts(3);
    List<JsonNode> both =
        generate(prompts, "both.jsonl", "--second_model_name_or_path=" + other, "--batch_size=2");
    List<JsonNode> first = generate(prompts, "first.jsonl");
    for (int i = 0; i < 3; i++) {
      assertThat(texts(both.get(i))).hasSize(2).startsWith(texts(first.get(i)).get(0));
      assertThat(both.get(i).get("models").get(1).asString()).isEqualTo(other.toString());
    }
    assertThat(both).anySatisfy(row -> assertThat(texts(row)).doesNotHaveDuplicates());
  }

  @Test
  void anAnswerEndsBeforeAStopString() throws IOException {
    Path prompts = prompts(1);
    String whole = texts(generate(prompts, "a.jsonl", "--max_new_tokens=12").get(0)).get(0);
    assertThat(whole.codePointCount(0, whole.length())).isGreaterThan(4);
    int middle = whole.offsetByCodePoints(0, 2);
    String stop = whole.substring(middle, whole.offsetByCodePoints(middle, 2));
    Path config =
        Files.writeString(
            folder.resolve("stop.yaml"),
            "stop_strings: [" + JSON.writeValueAsString(stop) + ", \"never,\\n\"]\n");
    JsonNode row = generate(prompts, "b.jsonl", "--config=" + config, "--max_new_tokens=12").get(0);
    assertThat(texts(row).get(0)).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(row.get("finish_reasons").get(0).asString()).isEqualTo("stop");
    assertThat(run(0, single("--config=" + config)).out())
        .isEqualTo(whole.substring(0, whole.indexOf(stop)) + "\n");
  }

  private static List<String> single(String more) {
    return List.of(
        "generate", "--model_name_or_path=" + model, "--prompt= 0", "--max_new_tokens=12", more);
  }

  @Test
  void optionsWithoutEffectAreRefused() throws IOException {
    Path prompts = prompts(1);
    assertThat(run(2, arguments(prompts, "o.jsonl", "--num_return_sequences=2")).err())
        .contains("would repeat the same answer with temperature 0");
    assertThat(run(2, arguments(prompts, "o.jsonl", "--prompt=x")).err())
        .contains("prompt: has no effect with prompts");
    assertThat(run(2, arguments(prompts, "o.jsonl", "--min_p=0.1")).err())
        .contains("min_p: has no effect with temperature 0");
    assertThat(run(2, single("--batch_size=2")).err())
        .contains("batch_size: has no effect without prompts");
    assertThat(run(2, single("--stop=,")).err()).contains("must not hold an empty text");
    assertThat(folder.resolve("o.jsonl")).doesNotExist();
  }

  @Test
  void aSystemMessageStandsInTheRowThatWillBeTrainedOn() throws IOException {
    JsonNode row = generate(prompts(1), "out.jsonl", "--system=Be brief.").get(0);
    assertThat(row.get("prompt").get(0).get("role").asString()).isEqualTo("system");
    assertThat(row.get("prompt")).hasSize(2);
    Path own = folder.resolve("own.jsonl");
    Files.writeString(
        own,
        "{\"prompt\": [{\"role\": \"system\", \"content\": \"a\"},"
            + " {\"role\": \"user\", \"content\": \"b\"}]}");
    assertThat(run(3, arguments(own, "own-out.jsonl", "--system=x")).err())
        .contains("own.jsonl, line 1: the prompt has a system message of its own");
  }

  @Test
  void plainTextPromptsStayPlainWithoutATemplate() throws IOException {
    JsonNode row = generate(prompts(1), "out.jsonl", "--apply_chat_template=false").get(0);
    assertThat(row.get("prompt").asString()).isEqualTo(" 0");
  }

  @Test
  void aPromptLongerThanTheContextIsRefusedBeforeAnythingIsGenerated() throws IOException {
    Path prompts = folder.resolve("long.txt");
    Files.writeString(prompts, "short\n" + "x ".repeat(400) + "\n");
    CapturedConsole console = run(3, arguments(prompts, "out.jsonl"));
    assertThat(console.err()).contains("long.txt, line 2: the prompt has").contains("to 255");
    assertThat(folder.resolve("out.jsonl")).doesNotExist();
  }

  @Test
  void nativeMemoryIsFreed() throws IOException {
    Path prompts = prompts(3);
    generate(prompts, "warm.jsonl");
    long before = Tensor.live();
    generate(prompts, "out.jsonl", "--batch_size=2");
    assertThat(Tensor.live()).isEqualTo(before);
  }
}
