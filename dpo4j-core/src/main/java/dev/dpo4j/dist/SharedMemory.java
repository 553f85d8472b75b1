/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory that the processes of one machine share: some slots for each process, and how far each one
 * is.
 *
 * <p>It is a file in a file system that lies in memory. Rank 0 makes it, so that only the same user
 * can open it, and deletes it as soon as all have it. So it is gone when the last of them ends,
 * however it ends.
 */
final class SharedMemory {
  /** Set to 1, the processes of one machine sum over Gloo, as those of several machines do. */
  static final String DISABLED = "DPO4J_SHM_DISABLE";

  /** Slots of a process: one is written while another is summed and a third is read. */
  static final int SLOTS = 3;

  private static final Logger log = LoggerFactory.getLogger(SharedMemory.class);
  private static final Path FOLDER = Path.of("/dev/shm");

  /** A slot that stays in the processor's caches. */
  private static final int MOST_SLOT_BYTES = 1 << 20;

  /** All slots together: a container has 64 MB, and others use it, too. */
  private static final int MOST_BYTES = 24 << 20;

  /** More processes than this would get slots that are not worth a message. */
  private static final int MOST_RANKS = 64;

  /** The counts of two processes never share a line of the cache. */
  private static final int LINE = 64;

  private static final int NAME_BYTES = 36;
  private static final byte[] NO = {};
  private static final byte[] YES = {1};
  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final MappedByteBuffer bytes;
  private final int ranks;

  /** What a process says of the rounds that it has behind it. */
  enum Mark {
    /** Its numbers are there for the others. */
    WRITTEN(0),
    /** The sums that it owns are there for the others. */
    SUMMED(1),
    /** It has read what it wanted. */
    READ(2);

    private final int place;

    Mark(int place) {
      this.place = place;
    }
  }

  private SharedMemory(MappedByteBuffer bytes, int ranks) {
    this.bytes = bytes;
    this.ranks = ranks;
  }

  /** Where shared memory is made, or null where there is none or it is not wanted. */
  static @Nullable Path folder() {
    boolean disabled = "1".equals(System.getenv(DISABLED));
    return disabled || !Files.isDirectory(FOLDER) ? null : FOLDER;
  }

  /**
   * Shares memory with the other processes, if all are on this machine and can.
   *
   * @param folder where the file is made and looked for; null if this process does not share
   * @param exchange gives each process what every process has given
   * @return null in all processes, if one of them does not share
   */
  static @Nullable SharedMemory share(
      Ranks ranks, @Nullable Path folder, Function<byte[], List<byte[]>> exchange) {
    Path made = null;
    try {
      String name = UUID.randomUUID().toString();
      SharedMemory memory = null;
      if (ranks.rank() == 0 && folder != null && ranks.worldSize() <= MOST_RANKS) {
        made = Files.createTempFile(folder, "dpo4j-", ".sums");
        memory = create(made, name, ranks.worldSize());
      }
      return agree(ranks, folder, memory, name + made, exchange);
    } catch (IOException e) {
      log.debug("no shared memory, so that sums go over Gloo: {}", e.toString());
      return agree(ranks, null, null, "", exchange);
    } finally {
      delete(made);
    }
  }

  private static @Nullable SharedMemory agree(
      Ranks ranks,
      @Nullable Path folder,
      @Nullable SharedMemory made,
      String place,
      Function<byte[], List<byte[]>> exchange) {
    byte[] told = exchange.apply(made == null ? NO : place.getBytes(StandardCharsets.UTF_8)).get(0);
    if (told.length == 0) {
      return null;
    }
    SharedMemory memory = made;
    if (made == null && folder != null) {
      memory = open(new String(told, StandardCharsets.UTF_8), ranks.worldSize());
    }
    List<byte[]> answers = exchange.apply(memory == null ? NO : YES);
    return answers.stream().allMatch(answer -> Arrays.equals(answer, YES)) ? memory : null;
  }

  private static void delete(@Nullable Path made) {
    try {
      if (made != null) {
        Files.deleteIfExists(made);
      }
    } catch (IOException e) {
      log.warn("{} cannot be deleted: {}", made, e.toString());
    }
  }

  /** Takes all memory now: what is missing later would end the process. */
  private static SharedMemory create(Path file, String name, int ranks) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocate(MOST_SLOT_BYTES);
      while (channel.size() < size(ranks)) {
        int left = (int) Math.min(zeros.capacity(), size(ranks) - channel.size());
        channel.write(zeros.position(0).limit(left), channel.size());
      }
      channel.write(ByteBuffer.wrap(name.getBytes(StandardCharsets.UTF_8)), nameAt(ranks));
    }
    return map(file, ranks);
  }

  private static SharedMemory map(Path file, int ranks) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, size(ranks));
      bytes.order(ByteOrder.nativeOrder());
      return new SharedMemory(bytes, ranks);
    }
  }

  /** Opens what rank 0 has made; a file of another machine, or none, is not it. */
  private static @Nullable SharedMemory open(String place, int ranks) {
    try {
      Path file = Path.of(place.substring(NAME_BYTES));
      if (!Files.exists(file) || Files.size(file) != size(ranks)) {
        return null;
      }
      SharedMemory memory = map(file, ranks);
      byte[] name = new byte[NAME_BYTES];
      memory.bytes.get(nameAt(ranks), name);
      String found = new String(name, StandardCharsets.UTF_8);
      return found.equals(place.substring(0, NAME_BYTES)) ? memory : null;
    } catch (IOException | InvalidPathException e) {
      log.debug("no memory is shared with rank 0: {}", e.toString());
      return null;
    }
  }

  private static int nameAt(int ranks) {
    return ranks * Mark.values().length * LINE;
  }

  private static int slots(int ranks) {
    return nameAt(ranks) + LINE;
  }

  private static int slotBytes(int ranks) {
    int most = Math.min(MOST_SLOT_BYTES, MOST_BYTES / (ranks * SLOTS));
    return most / (ranks * LINE) * (ranks * LINE);
  }

  private static int size(int ranks) {
    return slots(ranks) + ranks * SLOTS * slotBytes(ranks);
  }

  /** Bytes that a slot has for each process. */
  int partBytes() {
    return slotBytes(ranks) / ranks;
  }

  /** All of the memory; see {@link #at}. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** Where in the slot of a process for a round the part for another process begins. */
  int at(int rank, long round, int part) {
    int slot = rank * SLOTS + (int) (round % SLOTS);
    return slots(ranks) + slot * slotBytes(ranks) + part * partBytes();
  }

  /** Says that this process is so far; what it wrote before is seen by who reads the mark. */
  void mark(Mark mark, int rank, long rounds) {
    LONGS.setRelease(bytes, markAt(mark, rank), rounds);
  }

  /** How many rounds a process has behind it. */
  long marked(Mark mark, int rank) {
    return (long) LONGS.getAcquire(bytes, markAt(mark, rank));
  }

  private int markAt(Mark mark, int rank) {
    return (rank * Mark.values().length + mark.place) * LINE;
  }
}
