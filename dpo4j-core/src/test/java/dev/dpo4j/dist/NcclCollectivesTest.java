/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.io.FreePort;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.cuda.host.HostLibrary;
import dev.dpo4j.tensor.cuda.nccl.StandInNccl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes with an emulated card each, joined by a library that plays NCCL. */
@EnabledOnOs(OS.LINUX)
@Timeout(600)
class NcclCollectivesTest {
  /** More than the stand-in sends at once, and no multiple of anything. */
  private static final int COUNT = 50_021;

  @TempDir static Path folder;
  private static Path nccl;

  private final List<Process> processes = new ArrayList<>();

  @BeforeAll
  static void compile() throws Exception {
    nccl = StandInNccl.compile(folder);
  }

  @BeforeEach
  void needsACompilerForTheKernels() {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
  }

  /** What each process does. */
  static final class Program {
    private final Collectives ranks;

    private Program(Collectives ranks) {
      this.ranks = ranks;
    }

    public static void main(String[] args) {
      boolean onCard = !args[0].equals("mixed") || System.getenv("RANK").equals("1");
      Backends.use(onCard ? Device.parse("emulated") : Device.CPU);
      Duration timeout = Duration.ofSeconds(args[0].equals("late") ? 5 : 120);
      try (Collectives ranks = Collectives.fromEnvironment(timeout);
          Scope scope = Scope.open()) {
        Program program = new Program(ranks);
        switch (args[0]) {
          case "operations" -> program.operations();
          case "lost" -> program.endBefore(1);
          case "late" -> program.sleepBefore(1);
          default -> program.sum();
        }
        System.out.println("done");
      } catch (DistException e) {
        System.out.println("refused: " + e.getMessage());
      }
      // Rank 0 may wait for nobody.
      System.exit(0);
    }

    private Tensor own(DType dtype, int count) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = value(ranks.rank(), i);
      }
      Tensor own = Tensor.empty(dtype, count);
      own.copy_(Tensor.ofFloats(values, count));
      return own;
    }

    /** Exact in bfloat16, and so are the sums over a few processes. */
    private static float value(int rank, int i) {
      return (rank + 1) * (i % 13);
    }

    private float summed(int i) {
      float sum = 0;
      for (int rank = 0; rank < ranks.size(); rank++) {
        sum += value(rank, i);
      }
      return sum;
    }

    private interface Expected {
      float at(int i);
    }

    private static void expect(Tensor found, Expected expected) {
      float[] values = found.toFloats();
      for (int i = 0; i < values.length; i++) {
        if (values[i] != expected.at(i)) {
          throw new AssertionError(
              "at " + i + ": " + values[i] + " in the place of " + expected.at(i));
        }
      }
    }

    private void sum() {
      Tensor own = own(DType.FLOAT32, COUNT);
      ranks.allReduceSum(own);
      expect(own, this::summed);
    }

    private void operations() {
      sum();
      Tensor first = own(DType.FLOAT32, COUNT);
      Tensor second = own(DType.BFLOAT16, 7);
      Collectives.Pending firstSum = ranks.beginAllReduceSum(first);
      Collectives.Pending secondSum = ranks.beginAllReduceSum(second);
      expect(own(DType.FLOAT32, 5).mul_(2), i -> 2 * value(ranks.rank(), i));
      firstSum.await();
      secondSum.await();
      expect(first, this::summed);
      expect(second, this::summed);
      Tensor given = own(DType.BFLOAT16, COUNT);
      ranks.broadcast(given, 1);
      expect(given, i -> value(1, i));
      stretches(Stretches.even(ranks.size() * 4096L, ranks.size(), 256));
      stretches(Stretches.even(COUNT, ranks.size(), 256));
      stretches(Stretches.at(new long[] {0, 10, 3000, 3001, COUNT}, ranks.size()));
      stretches(Stretches.ofCounts(new long[ranks.size()]));
      if (ranks.rank() == 0) {
        Tensor taken = Tensor.empty(DType.FLOAT32, COUNT);
        ranks.receive(taken, 1);
        expect(taken, i -> value(1, i));
      } else if (ranks.rank() == 1) {
        ranks.send(own(DType.FLOAT32, COUNT), 0);
      }
      ranks.barrier();
      if (ranks.bytesSent() < 4L * COUNT) {
        throw new AssertionError("counted " + ranks.bytesSent() + " bytes");
      }
    }

    private void stretches(Stretches slices) {
      int count = Math.toIntExact(slices.to(ranks.size() - 1));
      long from = slices.from(ranks.rank());
      long to = slices.to(ranks.rank());
      Tensor flat = own(DType.FLOAT32, count);
      ranks.reduceScatterSum(flat, slices);
      expect(flat, i -> i >= from && i < to ? summed(i) : value(ranks.rank(), i));
      ranks.allGather(flat, slices);
      expect(flat, this::summed);
    }

    private void endBefore(int victim) {
      sum();
      if (ranks.rank() == victim) {
        Runtime.getRuntime().halt(137);
      }
      sum();
    }

    private void sleepBefore(int victim) {
      sum();
      if (ranks.rank() == victim) {
        try {
          Thread.sleep(Duration.ofSeconds(15).toMillis());
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      sum();
    }
  }

  /** Runs a part of the program, and returns what each process has said. */
  private List<String> run(int size, String part, Map<String, String> more) throws Exception {
    int port = FreePort.find();
    for (int rank = 0; rank < size; rank++) {
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Program.class.getName(),
                  part)
              .redirectErrorStream(true);
      Ranks place = new Ranks(rank, rank, size, size, "127.0.0.1", port, "a secret of this test");
      builder.environment().putAll(place.toEnvironment());
      builder.environment().put("DPO4J_NCCL", nccl.toString());
      builder.environment().putAll(more);
      processes.add(builder.start());
    }
    List<String> said = new ArrayList<>();
    try {
      for (Process process : processes) {
        said.add(text(process));
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    return said;
  }

  private static String text(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void tensorsGoFromCardToCard(int size) throws Exception {
    assertThat(run(size, "operations", Map.of()))
        .allSatisfy(text -> assertThat(text).contains("done"));
  }

  @Test
  void aProcessThatEndsIsNamedByTheOthers() throws Exception {
    assertThat(run(2, "lost", Map.of()).get(0)).contains("refused: rank 1 is gone");
  }

  @Test
  void aProcessThatDoesNotComeIsNotWaitedForLongerThanTheTimeout() throws Exception {
    assertThat(run(2, "late", Map.of()).get(0))
        .containsPattern("refused: .*has not come to a sum over all processes for 5 s");
  }

  @Test
  void aCallThatFailsIsToldWithItsRemedyByAllProcesses() throws Exception {
    assertThat(run(2, "sum", Map.of("STAND_IN_NCCL_FAILS", "ncclAllReduce 2")))
        .allSatisfy(
            text ->
                assertThat(text)
                    .contains("refused: ", "a sum over all processes failed")
                    .contains("unhandled system error", "NCCL_SOCKET_IFNAME"));
  }

  @Test
  void anErrorThatNcclFindsMeanwhileEndsTheWaiting() throws Exception {
    assertThat(run(2, "sum", Map.of("STAND_IN_NCCL_LATER", "6")))
        .allSatisfy(text -> assertThat(text).contains("remote process exited"));
  }

  @Test
  void cardsThatDoNotComeTogetherAreToldWithTheRemedy() throws Exception {
    assertThat(run(2, "sum", Map.of("STAND_IN_NCCL_FAILS", "ncclCommInitRank 2")))
        .allSatisfy(
            text -> assertThat(text).contains("bringing the cards of all processes together"));
  }

  @Test
  void missingNcclIsToldWithTheRemedy() throws Exception {
    assertThat(run(2, "sum", Map.of("DPO4J_NCCL", folder.resolve("none").toString())))
        .allSatisfy(
            text -> assertThat(text).contains("refused: ", "which is no file", "DPO4J_NCCL"));
  }

  @Test
  void aProcessOnTheCpuBesideOneOnACardIsRefused() throws Exception {
    assertThat(run(2, "mixed", Map.of()))
        .allSatisfy(
            text -> assertThat(text).contains("rank 1 computes on a card, rank 0 on the CPU"));
  }
}
