/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.io.FreePort;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that meet; here, threads play them, which share no state but the network. */
@Timeout(600)
class RendezvousTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofSeconds(1);

  private final ExecutorService processes = Executors.newCachedThreadPool();
  private final List<Rendezvous> open = new ArrayList<>();
  private int port;

  @BeforeEach
  void findAPort() throws IOException {
    port = FreePort.find();
  }

  @AfterEach
  void end() {
    open.forEach(Rendezvous::close);
    processes.shutdownNow();
  }

  private Ranks rank(int rank, int size) {
    return rank(rank, size, "secret");
  }

  private Ranks rank(int rank, int size, String secret) {
    return new Ranks(rank, rank, size, size, "127.0.0.1", port, secret);
  }

  private CompletableFuture<Rendezvous> start(Ranks ranks, Duration timeout) {
    return CompletableFuture.supplyAsync(() -> Rendezvous.join(ranks, timeout), processes);
  }

  private List<Rendezvous> meet(int size, Duration timeout) {
    List<CompletableFuture<Rendezvous>> all = new ArrayList<>();
    for (int rank = size - 1; rank >= 0; rank--) {
      all.add(0, start(rank(rank, size), timeout));
    }
    List<Rendezvous> met = all.stream().map(CompletableFuture::join).toList();
    open.addAll(met);
    return met;
  }

  /** Does the same in all processes at once; what one of them throws is kept. */
  private <T> List<CompletableFuture<T>> all(List<Rendezvous> ranks, Function<Rendezvous, T> work) {
    return ranks.stream()
        .map(one -> CompletableFuture.supplyAsync(() -> work.apply(one), processes))
        .toList();
  }

  private static DistException failureOf(CompletableFuture<?> process) {
    try {
      process.join();
    } catch (CompletionException e) {
      return (DistException) e.getCause();
    }
    throw new AssertionError("the process did not fail");
  }

  /** Those who were refused have not kept rank 0 from waiting for the right one. */
  private void meets(CompletableFuture<Rendezvous> zero, Ranks one) {
    open.add(start(one, LONG).join());
    open.add(zero.join());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void eachProcessLearnsWhatAllHaveGivenInTheOrderOfTheRanks() {
    List<Rendezvous> ranks = meet(3, LONG);
    for (int round = 0; round < 3; round++) {
      String suffix = " of round " + round;
      all(ranks, one -> one.exchange(bytes(ranks.indexOf(one) + suffix)))
          .forEach(
              given ->
                  assertThat(given.join())
                      .extracting(part -> new String(part, StandardCharsets.UTF_8))
                      .containsExactly("0" + suffix, "1" + suffix, "2" + suffix));
    }
    assertThat(ranks).allSatisfy(one -> assertThat(one.address()).isEqualTo("127.0.0.1"));
  }

  private static Optional<DistException> agree(Rendezvous one, String text) {
    return SameText.check("configuration", one.exchange(SameText.bytes(text)), "use one command");
  }

  @Test
  void thoseWhoAgreeGoOn() {
    all(meet(2, LONG), one -> agree(one, "beta: 0.1"))
        .forEach(difference -> assertThat(difference.join()).isEmpty());
  }

  @Test
  void anotherConfigurationIsRefusedInAllProcessesWithTheLinesThatDiffer() {
    List<Rendezvous> ranks = meet(3, LONG);
    List<CompletableFuture<Optional<DistException>>> ends =
        all(
            ranks,
            one -> agree(one, "beta: " + (ranks.indexOf(one) == 2 ? "0.2" : "0.1") + "\nseed: 42"));
    for (CompletableFuture<Optional<DistException>> end : ends) {
      DistException failure = end.join().orElseThrow();
      assertThat(failure.rank()).isEqualTo(2);
      assertThat(failure)
          .hasMessage(
              "rank 2 has another configuration than rank 0: rank 0 has beta: 0.1, rank 2 has"
                  + " beta: 0.2; use one command");
    }
  }

  @Test
  void aProcessWithAnotherSecretIsToldNothing() {
    CompletableFuture<Rendezvous> zero = start(rank(0, 2), LONG);
    CompletableFuture<Rendezvous> one = start(rank(1, 2, "guess"), LONG);
    assertThat(failureOf(one)).hasMessageContaining("DPO4J_SECRET");
    meets(zero, rank(1, 2));
  }

  @Test
  void aRankZeroWithAnotherSecretIsNotBelieved() {
    CompletableFuture<Rendezvous> zero = start(rank(0, 2, "guess"), LONG);
    assertThat(failureOf(start(rank(1, 2), LONG))).hasMessageContaining("has another secret");
    meets(zero, rank(1, 2, "guess"));
  }

  @Test
  void strangersDoNotKeepTheProcessesFromMeeting() throws Exception {
    CompletableFuture<Rendezvous> zero = start(rank(0, 2), LONG);
    List<Socket> strangers = new ArrayList<>();
    while (strangers.size() < 3) {
      try {
        strangers.add(new Socket("127.0.0.1", port));
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
    strangers.get(0).getOutputStream().write(bytes("GET / HTTP/1.1\r\n\r\n".repeat(20)));
    strangers.get(1).close();
    open.add(start(rank(1, 2), LONG).join());
    open.add(zero.join());
    for (Socket stranger : strangers) {
      stranger.close();
    }
  }

  @Test
  void aSecondProcessOfTheSameRankIsRefusedEvenIfBothComeAtOnce() {
    CompletableFuture<Rendezvous> zero = start(rank(0, 3), LONG);
    List<CompletableFuture<Rendezvous>> same =
        Stream.generate(() -> start(rank(1, 3), LONG)).limit(6).toList();
    CompletableFuture.allOf(same.toArray(CompletableFuture[]::new))
        .exceptionally(refused -> null)
        .join();
    List<CompletableFuture<Rendezvous>> refused =
        same.stream().filter(CompletableFuture::isCompletedExceptionally).toList();
    assertThat(refused).hasSize(same.size() - 1);
    assertThat(refused)
        .allSatisfy(
            one ->
                assertThat(failureOf(one))
                    .hasMessageContaining("another process is rank 1 already"));
    same.stream().filter(one -> !refused.contains(one)).forEach(one -> open.add(one.join()));
    open.add(start(rank(2, 3), LONG).join());
    open.add(zero.join());
  }

  @Test
  void anotherNumberOfProcessesIsRefused() {
    CompletableFuture<Rendezvous> zero = start(rank(0, 2), LONG);
    assertThat(failureOf(start(rank(1, 3), LONG)))
        .hasMessageContaining("one of 3 processes, rank 0 expects 2");
    meets(zero, rank(1, 2));
  }

  @Test
  void thoseWhoDoNotComeAreNamed() {
    assertThatThrownBy(() -> Rendezvous.join(rank(0, 3), SHORT))
        .isInstanceOf(DistException.class)
        .hasMessageContaining("ranks 1, 2 did not come")
        .hasMessageContaining("ddp_timeout");
    assertThatThrownBy(() -> Rendezvous.join(rank(1, 3), SHORT))
        .isInstanceOf(DistException.class)
        .hasMessageContaining("did not reach rank 0");
  }

  @Test
  void thoseWhoCameAreToldWhoDidNot() {
    String told = "";
    // On a slow machine rank 1 comes too late, or gives up before it is told.
    for (int factor = 1; factor <= 32 && !told.contains("rank 2 did not come"); factor *= 2) {
      Duration patience = SHORT.multipliedBy(factor);
      CompletableFuture<Rendezvous> zero = start(rank(0, 3), patience);
      CompletableFuture<Rendezvous> one = start(rank(1, 3), patience);
      if (failureOf(zero).rank() == 2) {
        Rendezvous met = one.join();
        open.add(met);
        told =
            catchThrowableOfType(DistException.class, () -> met.exchange(new byte[1])).getMessage();
      }
    }
    assertThat(told).contains("rank 2 did not come");
  }

  @Test
  void anAddressOfAnotherMachineIsNotListenedAt() {
    Ranks elsewhere = new Ranks(0, 0, 2, 2, "192.0.2.7", port, "secret");
    assertThatThrownBy(() -> Rendezvous.join(elsewhere, LONG))
        .isInstanceOf(DistException.class)
        .hasMessageContaining("192.0.2.7")
        .hasMessageContaining("MASTER_ADDR");
  }

  @Test
  void theReasonOfAProcessThatFailsReachesAllOthers() {
    List<Rendezvous> ranks = meet(3, LONG);
    CompletableFuture<DistException> told = new CompletableFuture<>();
    ranks.get(2).onFailure(told::complete);
    List<CompletableFuture<List<byte[]>>> waiting =
        all(List.of(ranks.get(0), ranks.get(2)), one -> one.exchange(new byte[1]));
    ranks.get(1).fail("No space left on device");
    for (CompletableFuture<List<byte[]>> one : waiting) {
      DistException failure = failureOf(one);
      assertThat(failure.rank()).isEqualTo(1);
      assertThat(failure).hasMessage("rank 1 failed: No space left on device");
    }
    assertThat(told.join().rank()).isEqualTo(1);
  }

  @Test
  void aProcessThatLeavesWhileOthersWaitForItIsNamed() {
    List<Rendezvous> ranks = meet(2, LONG);
    ranks.get(1).close();
    assertThatThrownBy(() -> ranks.get(0).exchange(new byte[1]))
        .isInstanceOf(DistException.class)
        .hasMessageContaining("rank 1 has left");
  }

  @Test
  void whoIsDoneDoesNotDisturbTheOthers() throws Exception {
    List<Rendezvous> ranks = meet(3, LONG);
    ranks.get(1).close();
    TimeUnit.MILLISECONDS.sleep(SHORT.toMillis());
    assertThat(ranks.get(0).failure()).isEmpty();
    assertThat(ranks.get(2).failure()).isEmpty();
  }

  /** Plays a process by hand: it shakes hands and then does what the test says. */
  private Socket playRankOne(CompletableFuture<Rendezvous> zero) throws Exception {
    while (!zero.isCompletedExceptionally()) {
      try {
        Socket socket = new Socket("127.0.0.1", port);
        Handshake.join(socket, rank(1, 2));
        return socket;
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
    throw new IOException("rank 0 has given up");
  }

  @Test
  void aProcessWhoseConnectionEndsIsGone() throws Exception {
    CompletableFuture<Rendezvous> zero = start(rank(0, 2), LONG);
    Socket one = playRankOne(zero);
    Rendezvous met = zero.join();
    open.add(met);
    one.close();
    assertThatThrownBy(() -> met.exchange(new byte[1]))
        .isInstanceOf(DistException.class)
        .hasMessageContaining("rank 1 is gone");
  }

  /** What rank 0 says of a process that shakes hands and then is silent; null if they never met. */
  private @Nullable DistException silence(Duration patience) throws Exception {
    CompletableFuture<Rendezvous> zero = start(rank(0, 2), patience);
    try (Socket one = playRankOne(zero)) {
      CompletableFuture<DistException> told = new CompletableFuture<>();
      Rendezvous met = zero.join();
      open.add(met);
      met.onFailure(told::complete);
      assertThat(one.isConnected()).isTrue();
      return told.join();
    } catch (IOException | CompletionException e) {
      return null;
    }
  }

  @Test
  void aProcessThatIsSilentForLongerThanTheTimeoutIsNamed() throws Exception {
    Duration patience = SHORT;
    DistException told = silence(patience);
    while (told == null) {
      patience = patience.multipliedBy(2); // Rank 1 came too late, on a slow machine.
      told = silence(patience);
    }
    assertThat(told).hasMessageContaining("rank 1 has not answered for %d s", patience.toSeconds());
  }

  @Test
  void aMessageWithoutTheSealOfTheRunEndsIt() throws Exception {
    CompletableFuture<Rendezvous> zero = start(rank(0, 2), LONG);
    try (Socket one = playRankOne(zero)) {
      Rendezvous met = zero.join();
      open.add(met);
      RankMessage.part(new byte[] {1})
          .write(new DataOutputStream(one.getOutputStream()), new Seal(new byte[32]));
      assertThatThrownBy(() -> met.exchange(new byte[1]))
          .isInstanceOf(DistException.class)
          .hasMessageContaining("rank 1")
          .hasMessageContaining("changed on its way");
    }
  }

  @Test
  void aMessageCannotBeSentTwice() throws Exception {
    Seal sending = new Seal(new byte[32]);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    RankMessage.part(bytes("x")).write(new DataOutputStream(bytes), sending);
    Seal receiving = new Seal(new byte[32]);
    RankMessage.read(in(bytes.toByteArray()), receiving);
    assertThatThrownBy(() -> RankMessage.read(in(bytes.toByteArray()), receiving))
        .isInstanceOf(IOException.class);
  }

  private static DataInputStream in(byte[] bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes));
  }
}
