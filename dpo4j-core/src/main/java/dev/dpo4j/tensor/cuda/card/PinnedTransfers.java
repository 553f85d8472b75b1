/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * Copies between host and device through a few blocks of pinned memory.
 *
 * <p>Small uploads follow each other into one block and wait for nothing; a block is used again
 * when the device has read it. Large copies alternate between blocks, so that the host fills or
 * empties one while the device copies another.
 */
final class PinnedTransfers implements AutoCloseable {
  static final int BLOCK = 4 << 20;

  private static final int UPLOADS = 4;
  private static final int DOWNLOADS = 2;
  private static final int ALIGNMENT = 256;
  private static final int NO_TIMING = 2;

  private final long stream;
  private final Block[] up = new Block[UPLOADS];
  private final Block[] down = new Block[DOWNLOADS];
  private int current;
  private int used;

  /** Pinned memory of which the device may still read; its event tells when it has. */
  private static final class Block implements AutoCloseable {
    private final Memory cell = new Memory(Long.BYTES);
    private final long address;
    private final long event;
    private final ByteBuffer bytes;
    private boolean pending;

    Block() {
      long at = Pointer.nativeValue(cell);
      DriverLibrary.check(
          DriverNatives.cuMemHostAlloc(at, BLOCK, 0),
          "taking %,d bytes of pinned memory".formatted(BLOCK));
      address = cell.getLong(0);
      DriverLibrary.check(DriverNatives.cuEventCreate(at, NO_TIMING), "making an event");
      event = cell.getLong(0);
      bytes = new Pointer(address).getByteBuffer(0, BLOCK);
    }

    void record(long stream) {
      DriverLibrary.check(DriverNatives.cuEventRecord(event, stream), "recording an event");
      pending = true;
    }

    void await() {
      if (pending) {
        DriverLibrary.check(DriverNatives.cuEventSynchronize(event), "waiting for a copy");
        pending = false;
      }
    }

    @Override
    public void close() {
      // A lost card refuses these; the process gives everything back when it ends.
      int unusedEvent = DriverNatives.cuEventDestroy_v2(event);
      int unusedMemory = DriverNatives.cuMemFreeHost(address);
      cell.close();
    }
  }

  PinnedTransfers(long stream) {
    this.stream = stream;
    for (int i = 0; i < UPLOADS; i++) {
      up[i] = new Block();
    }
    for (int i = 0; i < DOWNLOADS; i++) {
      down[i] = new Block();
    }
  }

  /** Copies the remaining bytes of {@code source} to the device; none remain. */
  void upload(long target, ByteBuffer source) {
    long at = target;
    while (source.hasRemaining()) {
      if (BLOCK - used < Math.min(source.remaining(), BLOCK)) {
        next();
      }
      int count = Math.min(source.remaining(), BLOCK - used);
      Block block = up[current];
      ByteBuffer window = source.duplicate().limit(source.position() + count);
      block.bytes.duplicate().position(used).put(window);
      DriverLibrary.check(
          DriverNatives.cuMemcpyHtoDAsync_v2(at, block.address + used, count, stream),
          "copying %,d bytes to the device".formatted(count));
      used = Math.min(BLOCK, (used + count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
      source.position(source.position() + count);
      at += count;
    }
  }

  private void next() {
    up[current].record(stream);
    current = (current + 1) % UPLOADS;
    up[current].await();
    used = 0;
  }

  /** Fills the rest of {@code target}, and returns when that is done. */
  void download(ByteBuffer target, long source) {
    int bytes = target.remaining();
    int turns = (int) (((long) bytes + BLOCK - 1) / BLOCK);
    for (int turn = 0; turn <= turns; turn++) {
      if (turn < turns) {
        start(turn, source, bytes);
      }
      if (turn > 0) {
        Block block = down[(turn - 1) % DOWNLOADS];
        block.await();
        int count = Math.min(BLOCK, bytes - (turn - 1) * BLOCK);
        target.put(block.bytes.duplicate().limit(count));
      }
    }
  }

  private void start(int turn, long source, int bytes) {
    Block block = down[turn % DOWNLOADS];
    int offset = turn * BLOCK;
    int count = Math.min(BLOCK, bytes - offset);
    DriverLibrary.check(
        DriverNatives.cuMemcpyDtoHAsync_v2(block.address, source + offset, count, stream),
        "copying %,d bytes from the device".formatted(count));
    block.record(stream);
  }

  @Override
  public void close() {
    for (Block block : up) {
      block.close();
    }
    for (Block block : down) {
      block.close();
    }
  }
}
