/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.FakeEndpoint.Request;
import dev.dpo4j.cli.FakeEndpoint.Response;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A judge that is killed in the middle pays for nothing again. */
class KilledJudgeIT {
  private static final int SOLD = 7;

  @TempDir Path folder;

  private static Response fair(Request request) {
    return Response.verdict(request.shown("A").contains("good") ? "A" : "B");
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void afterAKillNoRequestIsPaidTwice() throws Exception {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lines.add("{\"prompt\": \"q\", \"responses\": [\"good %d\", \"bad %d\"]}".formatted(i, i));
    }
    Path rows = Files.write(folder.resolve("rows.jsonl"), lines);
    Path output = folder.resolve("judged.jsonl");
    Path replies = folder.resolve("judged.jsonl.replies.jsonl");
    CountDownLatch killed = new CountDownLatch(1);
    CountDownLatch onTheirWay = new CountDownLatch(3); // As many as --concurrency sends at once.
    try (FakeEndpoint endpoint =
        new FakeEndpoint(
            request -> {
              if (request.number() < SOLD) {
                return fair(request);
              }
              onTheirWay.countDown();
              killed.await(); // What is asked meanwhile gets no reply and costs nothing.
              return null;
            })) {
      List<String> arguments =
          List.of(
              "judge",
              rows.toString(),
              "--output=" + output,
              "--base_url=" + endpoint.url(),
              "--judge_model=fake",
              "--concurrency=3",
              "--json");
      Process process = ChildRun.start(ChildRun.command(arguments.toArray(String[]::new)));
      while (lines(replies) < SOLD && process.isAlive()) {
        Thread.sleep(50);
      }
      assertThat(onTheirWay.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(process.isAlive()).isTrue();
      process.destroyForcibly().waitFor();
      assertThat(output).doesNotExist();
      killed.countDown();
      // A write that the kill tore.
      Files.writeString(replies, "{\"key\": \"0123", StandardOpenOption.APPEND);
      endpoint.brain(KilledJudgeIT::fair);
      CapturedConsole console = new CapturedConsole();
      int code =
          new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
      assertThat(code).as(console.err()).isZero();
      assertThat(console.err())
          .contains("ended inside a reply: its 13 bytes are cut off")
          .contains(SOLD + " replies are there already")
          .contains("3 requests were on their way when a command was killed");
      assertThat(console.out()).contains("\"requests_lost\":3");
      assertThat(endpoint.paid())
          .hasSize(40)
          .allSatisfy((body, times) -> assertThat(times).isOne());
      assertThat(lines(replies)).isEqualTo(40);
      assertThat(console.out()).contains("\"pairs\":20");
    }
  }

  private static long lines(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file).lines().count() : 0;
  }
}
