/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.FakeEndpoint.Request;
import dev.dpo4j.cli.FakeEndpoint.Response;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What tests of the command judge share: rows, a fair judge, a call of the command. */
abstract class JudgeRuns {
  private static final JsonMapper JSON = new JsonMapper();
  static final String KEY = "sk-secret-0123456789";

  @TempDir Path folder;

  /** Prefers the answer that holds the word "good"; a tie where both or none do. */
  static Response fair(Request request) {
    boolean a = request.shown("A").contains("good");
    boolean b = request.shown("B").contains("good");
    return Response.verdict(a == b ? "tie" : a ? "A" : "B");
  }

  Path rows(int count) throws IOException {
    List<String> lines =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    i % 2 == 0
                        ? "{\"prompt\": \"q%d\", \"responses\": [\"good %d\", \"bad, long %d\"]}"
                        : "{\"prompt\": \"q%d\", \"responses\": [\"bad, long %d\", \"good %d\"]}")
            .toList();
    List<String> filled = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      filled.add(lines.get(i).formatted(i, i, i));
    }
    return Files.write(folder.resolve("rows.jsonl"), filled);
  }

  CapturedConsole run(int expected, FakeEndpoint endpoint, Path rows, String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.add("judge");
    arguments.add(rows.toString());
    arguments.add("--output=" + folder.resolve("judged.jsonl"));
    arguments.add("--pairs=" + folder.resolve("pairs.jsonl"));
    arguments.add("--base_url=" + endpoint.url());
    arguments.add("--judge_model=fake-1");
    arguments.add("--retry_delay=0.01");
    if (!List.of(more).contains("--json=false")) {
      arguments.add("--json");
    }
    arguments.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    Cli cli = new Cli(console.console(), new Interruption(), Map.of("OPENAI_API_KEY", KEY));
    int code = cli.execute(arguments.toArray(String[]::new));
    assertThat(code).as(console.err()).isEqualTo(expected);
    return console;
  }

  static JsonNode report(CapturedConsole console) {
    return JSON.readTree(console.out());
  }

  List<JsonNode> read(String name) throws IOException {
    return Files.readAllLines(folder.resolve(name)).stream()
        .map(line -> JSON.readTree(line))
        .toList();
  }
}
