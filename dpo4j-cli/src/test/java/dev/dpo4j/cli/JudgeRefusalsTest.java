/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.FakeEndpoint.Response;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the command judge sends nothing more, and what it never writes over. */
class JudgeRefusalsTest extends JudgeRuns {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "402|Payment Required",
        "410|gone",
        "501|not implemented",
        "429|{\"error\": {\"code\": \"insufficient_quota\"}}",
        "400|{\"error\": {\"code\": \"model_not_found\"}}",
      })
  void aRefusalThatIsFinalStopsTheCommand(int status, String body) throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(request -> Response.of(status, body))) {
      CapturedConsole console = run(1, endpoint, rows(40), "--concurrency=2");
      assertThat(console.err()).contains("status " + status).contains("nothing more is sent");
      assertThat(endpoint.requests()).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void anEndpointThatRefusesEverythingIsNotAskedForEver() throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(request -> Response.of(400, "bad parameter"))) {
      CapturedConsole console = run(1, endpoint, rows(40), "--concurrency=2");
      assertThat(console.err())
          .contains("refused the first 10 requests")
          .contains("status 400: bad parameter");
      assertThat(endpoint.requests()).isLessThanOrEqualTo(12);
    }
  }

  @Test
  void aRefusalOfOneRowLeavesTheOthers() throws IOException {
    try (FakeEndpoint endpoint =
        new FakeEndpoint(
            request ->
                request.user().contains("q1") ? Response.of(400, "filtered") : fair(request))) {
      CapturedConsole console = run(1, endpoint, rows(4));
      assertThat(report(console).get("pairs").asInt()).isEqualTo(3);
    }
  }

  @Test
  void anOutputThatIsAnInputOrWasWrittenBySomebodyElseIsRefusedAndStays() throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(JudgeRuns::fair)) {
      Path rows = rows(2);
      String before = Files.readString(rows);
      for (String key : List.of("output", "pairs", "replies")) {
        String other =
            key.equals("output") ? "--pairs=null" : "--output=" + folder.resolve("o.jsonl");
        List<String> arguments =
            List.of(
                "judge",
                rows.toString(),
                "--" + key + "=" + folder.resolve("./rows.jsonl"),
                other,
                "--base_url=" + endpoint.url(),
                "--judge_model=fake-1");
        CapturedConsole console = new CapturedConsole();
        int code =
            new Cli(console.console(), new Interruption(), Map.of())
                .execute(arguments.toArray(String[]::new));
        assertThat(code).as(key + ": " + console.err()).isEqualTo(2);
        assertThat(Files.readString(rows)).isEqualTo(before);
      }
      Path mine = Files.writeString(folder.resolve("pairs.jsonl"), "my notes\n");
      CapturedConsole console = run(2, endpoint, rows);
      assertThat(console.err()).contains("pairs", "did not write it", "name another file");
      assertThat(mine).hasContent("my notes");
      assertThat(endpoint.paidInAll()).isZero();
      Files.delete(mine);
      run(0, endpoint, rows);
      run(0, endpoint, rows);
      Files.writeString(mine, "changed\n");
      run(2, endpoint, rows);
      assertThat(mine).hasContent("changed");
    }
  }

  @Test
  void anEndpointThatTakesNoConnectionsEndsTheCommand() throws IOException {
    Path rows = rows(4);
    String url;
    try (FakeEndpoint endpoint = new FakeEndpoint(JudgeRuns::fair)) {
      url = endpoint.url();
    }
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption(), Map.of())
            .execute(
                "judge",
                rows.toString(),
                "--output=" + folder.resolve("judged.jsonl"),
                "--base_url=" + url,
                "--judge_model=fake-1",
                // Waits that are longer than the patience with a server that is not there.
                "--retry_delay=60");
    assertThat(code).isEqualTo(1);
    assertThat(console.err()).contains("nobody takes connections at " + url, "start the server");
    assertThat(folder.resolve("judged.jsonl")).doesNotExist();
  }
}
