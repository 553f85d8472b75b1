/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads play the processes: they share a file and nothing else. */
@Timeout(300)
class SharedSumsTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Runnable NOBODY_LOST = () -> {};

  /** More than two rounds of two processes, and nothing that divides evenly. */
  private static final int COUNT = 700_001;

  @TempDir private Path folder;
  private final ExecutorService processes = Executors.newCachedThreadPool();
  private final List<SharedSums> open = new ArrayList<>();

  @AfterEach
  void end() {
    open.forEach(SharedSums::close);
    processes.shutdownNow();
  }

  /** Does the same in so many processes at once. */
  private <T> List<T> all(int size, Function<Integer, T> work) {
    List<CompletableFuture<T>> each = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int rank = i;
      each.add(CompletableFuture.supplyAsync(() -> work.apply(rank), processes));
    }
    return each.stream().map(CompletableFuture::join).toList();
  }

  private static Ranks rank(int rank, int size) {
    return new Ranks(rank, rank, size, size, "127.0.0.1", 1, "secret");
  }

  /** What a rendezvous does: each gets what all have given. */
  private static BiFunction<Integer, byte[], List<byte[]>> exchange(int size) {
    byte[][] given = new byte[size][];
    CyclicBarrier barrier = new CyclicBarrier(size);
    return (rank, own) -> {
      try {
        given[rank] = own;
        barrier.await();
        List<byte[]> all = List.of(given.clone());
        barrier.await();
        return all;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private List<@Nullable SharedMemory> share(int size, Function<Integer, @Nullable Path> where) {
    BiFunction<Integer, byte[], List<byte[]>> exchange = exchange(size);
    SharedMemory[] memories = new SharedMemory[size];
    all(
        size,
        rank -> {
          memories[rank] =
              SharedMemory.share(
                  rank(rank, size), where.apply(rank), own -> exchange.apply(rank, own));
          return rank;
        });
    return new ArrayList<>(Arrays.asList(memories));
  }

  private List<SharedSums> processes(int size, Duration timeout, Runnable lost) {
    List<SharedMemory> memories = share(size, rank -> folder);
    for (int rank = 0; rank < size; rank++) {
      SharedMemory memory = Objects.requireNonNull(memories.get(rank));
      open.add(new SharedSums(memory, rank(rank, size), timeout, lost));
    }
    return open;
  }

  private static float[] numbers(int seed, int count) {
    Random random = new Random(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextFloat() - 0.5f;
    }
    return numbers;
  }

  private static float[] sums(int size, int count) {
    float[] sums = numbers(0, count);
    for (int rank = 1; rank < size; rank++) {
      float[] others = numbers(rank, count);
      for (int i = 0; i < count; i++) {
        sums[i] += others[i];
      }
    }
    return sums;
  }

  /** Compares at once: a difference element by element takes minutes to tell. */
  private static void assertSame(float[] found, float[] expected) {
    int first = Arrays.mismatch(found, expected);
    assertThat(first).as("first number that differs").isEqualTo(-1);
  }

  private interface Work {
    Collectives.Pending begin(SharedSums process, Tensor tensor);
  }

  private List<float[]> run(List<SharedSums> sums, int count, Work work) {
    return all(
        sums.size(),
        rank -> {
          try (Tensor tensor = Tensor.ofFloats(numbers(rank, count), count)) {
            work.begin(sums.get(rank), tensor).await();
            return tensor.toFloats();
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void allHaveTheSumsInTheOrderOfTheRanks(int size) {
    List<SharedSums> sums = processes(size, LONG, NOBODY_LOST);
    for (int count : new int[] {1, 17, COUNT}) {
      List<float[]> found = run(sums, count, SharedSums::allReduce);
      found.forEach(each -> assertSame(each, sums(size, count)));
    }
  }

  @Test
  void whatIsBegunTogetherEndsInItsOrder() {
    List<SharedSums> sums = processes(2, LONG, NOBODY_LOST);
    all(
        2,
        rank -> {
          try (Tensor one = Tensor.ofFloats(numbers(rank, COUNT), COUNT);
              Tensor other = Tensor.ofFloats(numbers(rank, 5), 5)) {
            Collectives.Pending first = sums.get(rank).allReduce(one);
            Collectives.Pending second = sums.get(rank).allReduce(other);
            first.await();
            second.await();
            assertSame(one.toFloats(), sums(2, COUNT));
            assertSame(other.toFloats(), sums(2, 5));
            return rank;
          }
        });
  }

  @Test
  void aProcessHasTheSumsOfItsStretchAndKeepsWhatItHadElsewhere() {
    Stretches uneven = Stretches.ofCounts(300_000, 0, 400_001);
    List<float[]> found =
        run(
            processes(3, LONG, NOBODY_LOST),
            COUNT,
            (process, tensor) -> process.reduceScatter(tensor, uneven));
    for (int rank = 0; rank < 3; rank++) {
      float[] expected = numbers(rank, COUNT);
      int from = (int) uneven.from(rank);
      System.arraycopy(sums(3, COUNT), from, expected, from, (int) uneven.count(rank));
      assertSame(found.get(rank), expected);
    }
  }

  @Test
  void eachStretchBecomesThatOfItsOwner() {
    Stretches uneven = Stretches.ofCounts(300_000, 0, 400_001);
    float[] expected = numbers(0, COUNT);
    System.arraycopy(numbers(2, COUNT), 300_000, expected, 300_000, 400_001);
    List<float[]> found =
        run(
            processes(3, LONG, NOBODY_LOST),
            COUNT,
            (process, tensor) -> process.allGather(tensor, uneven));
    found.forEach(each -> assertSame(each, expected));
  }

  @Test
  void bytesAreCountedAsEachProcessGivesThem() {
    List<SharedSums> sums = processes(4, LONG, NOBODY_LOST);
    run(sums, 1000, SharedSums::allReduce);
    assertThat(sums.get(1).bytesSent()).isEqualTo(2 * 4000 * 3 / 4);
    Stretches even = Stretches.even(1000, 4, 1);
    run(sums, 1000, (process, tensor) -> process.reduceScatter(tensor, even));
    run(sums, 1000, (process, tensor) -> process.allGather(tensor, even));
    assertThat(sums.get(1).bytesSent()).isEqualTo(2 * (2 * 4000 * 3 / 4));
  }

  @Test
  void theFileIsGoneAsSoonAsAllHaveIt() throws IOException {
    processes(3, LONG, NOBODY_LOST);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void nobodySharesIfOneProcessCannot(@TempDir Path otherMachine) throws IOException {
    assertThat(share(3, rank -> rank == 2 ? null : folder)).containsOnlyNulls();
    assertThat(share(3, rank -> rank == 0 ? null : folder)).containsOnlyNulls();
    Path missing = otherMachine.resolve("no folder");
    assertThat(share(2, rank -> missing)).containsOnlyNulls();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void anotherFileAtThePlaceOfTheSharedOneIsNotTaken() {
    BiFunction<Integer, byte[], List<byte[]>> exchange = exchange(2);
    SharedMemory[] found = new SharedMemory[2];
    all(
        2,
        rank -> {
          boolean[] first = {true};
          found[rank] =
              SharedMemory.share(
                  rank(rank, 2),
                  folder,
                  own -> {
                    List<byte[]> all = new ArrayList<>(exchange.apply(rank, own));
                    if (rank == 1 && first[0]) {
                      byte[] told = all.get(0).clone();
                      told[0] ^= 1;
                      all.set(0, told);
                    }
                    first[0] = false;
                    return all;
                  });
          return rank;
        });
    assertThat(found).containsOnlyNulls();
  }

  @Test
  void aProcessThatDoesNotComeIsNamed() {
    SharedSums alone = processes(2, Duration.ofMillis(300), NOBODY_LOST).get(0);
    try (Tensor tensor = Tensor.ofFloats(new float[] {1, 2}, 2)) {
      Collectives.Pending pending = alone.allReduce(tensor);
      assertThatThrownBy(pending::await)
          .isInstanceOf(DistException.class)
          .hasMessageContaining("rank 1 has not come to a sum");
    }
  }

  @Test
  void whatIsKnownOfALostProcessEndsTheWait() {
    SharedSums alone =
        processes(
                2,
                LONG,
                () -> {
                  throw new DistException(1, "rank 1 is gone");
                })
            .get(0);
    try (Tensor tensor = Tensor.ofFloats(new float[] {1, 2}, 2)) {
      Collectives.Pending pending = alone.allReduce(tensor);
      assertThatThrownBy(pending::await)
          .isInstanceOf(DistException.class)
          .hasMessage("rank 1 is gone");
    }
  }

  @Test
  void onlyNumbersOfThirtyTwoBitsAreSummedHere() {
    try (Tensor floats = Tensor.empty(DType.FLOAT32, 3);
        Tensor none = Tensor.empty(DType.FLOAT32, 0);
        Tensor doubles = Tensor.empty(DType.FLOAT64, 3)) {
      assertThat(SharedSums.takes(floats)).isTrue();
      assertThat(SharedSums.takes(none)).isTrue();
      assertThat(SharedSums.takes(doubles)).isFalse();
    }
  }
}
