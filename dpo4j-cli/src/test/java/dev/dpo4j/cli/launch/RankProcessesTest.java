/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusStream;
import dev.dpo4j.cli.terminal.Terminal;
import dev.dpo4j.dist.Ranks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes that start and end together; shell scripts play them. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(120)
class RankProcessesTest {
  private static final Duration SOON = Duration.ofMillis(500);
  private static final Duration NEVER = Duration.ofHours(1);
  // Asked to end, it takes its child along, which would keep the output open.
  private static final String SLEEP = "{ trap 'kill $!; exit 143' TERM; sleep 600 & wait $!; }";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Interruption interruption = new Interruption();
  private final Console console = console();

  private Console console() {
    StatusStream status = new StatusStream(err);
    return new Console(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(status, true, StandardCharsets.UTF_8),
        status,
        Terminal.plain());
  }

  private RankProcesses.End run(int size, Duration notice, Duration patience, String script)
      throws IOException {
    List<Ranks> ranks =
        IntStream.range(0, size)
            .mapToObj(rank -> new Ranks(rank, rank, size, size, "127.0.0.1", 1, "secret"))
            .toList();
    return new RankProcesses(console, interruption, 3, notice, patience)
        .run(ranks, List.of("sh", "-c", script));
  }

  private static String byRank(String zero, String one) {
    return "if [ $RANK = 0 ]; then " + zero + "; else " + one + "; fi";
  }

  @Test
  void eachProcessKnowsItsPlaceAndWhatItPrintsBeginsWithItsRank() throws IOException {
    RankProcesses.End end =
        run(
            3,
            NEVER,
            NEVER,
            "echo \"$RANK $LOCAL_RANK $WORLD_SIZE $MASTER_ADDR:$MASTER_PORT $DPO4J_SECRET"
                + " $DPO4J_THREADS $OMP_NUM_THREADS\"; echo two >&2");
    assertThat(end).isEqualTo(new RankProcesses.End(0, ""));
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactlyInAnyOrder(
            "[rank 0] 0 0 3 127.0.0.1:1 secret 3 3",
            "[rank 1] 1 1 3 127.0.0.1:1 secret 3 3",
            "[rank 2] 2 2 3 127.0.0.1:1 secret 3 3");
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .containsExactlyInAnyOrder("[rank 0] two", "[rank 1] two", "[rank 2] two");
  }

  @Test
  void theFirstFailureEndsTheOthersWithItsMessageAndItsCode() throws IOException {
    RankProcesses.End end =
        run(
            3,
            SOON,
            NEVER,
            byRank(SLEEP, "[ $RANK = 2 ] && " + SLEEP + "; echo 'error: no row left' >&2; exit 3"));
    assertThat(end.code()).isEqualTo(3);
    assertThat(end.message())
        .matches("rank 1 \\(process \\d+\\) failed with exit code 3: no row left");
  }

  @Test
  void aProcessThatIsKilledIsNamedWithItsSignal() throws IOException {
    RankProcesses.End end = run(2, SOON, NEVER, byRank(SLEEP, "kill -9 $$"));
    assertThat(end.code()).isEqualTo(137);
    assertThat(end.message()).contains("rank 1").contains("was ended by signal 9");
  }

  @Test
  void whoOnlyNoticedTheFailureOfAnotherIsNotBlamed() throws IOException {
    RankProcesses.End end = run(2, NEVER, NEVER, byRank("exit 6", "sleep 1; exit 4"));
    assertThat(end.code()).isEqualTo(4);
    assertThat(end.message()).startsWith("rank 1 ");
  }

  @Test
  void aProcessThatDoesNotEndWhenAskedIsEnded() throws IOException {
    RankProcesses.End end =
        run(2, SOON, SOON, byRank("trap '' TERM; while :; do sleep 0.1; done", "exit 1"));
    assertThat(end.code()).isEqualTo(1);
    assertThat(end.message()).startsWith("rank 1 ");
  }

  @Test
  void aRequestToStopReachesAllProcesses() throws Exception {
    interruption.listen("saving");
    CompletableFuture<RankProcesses.End> run =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return run(
                    2,
                    NEVER,
                    NEVER,
                    "trap 'echo saved; exit 75' TERM; echo up; while :; do sleep 0.1; done");
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    while (out.toString(StandardCharsets.UTF_8).lines().count() < 2) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    interruption.terminate(console);
    assertThat(run.join().code()).isEqualTo(75);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("[rank 0] saved", "[rank 1] saved");
  }

  @Test
  void whereOneProcessWasAskedToStopTheOthersAreAskedToo(@TempDir Path folder) throws IOException {
    String listens = "'" + folder.resolve("listens") + "'";
    RankProcesses.End end =
        run(
            2,
            NEVER,
            NEVER,
            byRank(
                "trap 'exit 75' TERM; touch " + listens + "; while :; do sleep 0.1; done",
                "while [ ! -e " + listens + " ]; do sleep 0.1; done; exit 75"));
    assertThat(end.code()).isEqualTo(75);
  }
}
