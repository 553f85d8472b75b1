/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Pinned memory of the host that the card reaches, and copies from and to it beside the launches.
 *
 * <p>There is a stream for each direction. A copy waits for what was launched before and for the
 * copies in the other direction before it; so the copies are done in the order of their numbers, as
 * far as an order matters to anybody.
 */
final class HostMemory implements AutoCloseable {
  private static final int NON_BLOCKING = 1;
  private static final int NO_TIMING = 2;

  /** Events in turn; an event that is used again stands for a later copy, which is no less safe. */
  private static final int EVENTS = 64;

  private final long stream;
  private final TreeMap<Long, Long> blocks = new TreeMap<>();
  private final Memory cell = new Memory(Long.BYTES);
  private final long at = Pointer.nativeValue(cell);
  private final long[] events = new long[EVENTS];
  private final long[] streams = new long[2];
  private final long[] lastOf = new long[2];
  private long launched;
  private long copies;
  private boolean started;

  /** Prepares for a device; nothing is taken before it is needed. */
  HostMemory(long stream) {
    this.stream = stream;
  }

  private void start() {
    if (started) {
      return;
    }
    for (int i = 0; i < streams.length; i++) {
      DriverLibrary.check(DriverNatives.cuStreamCreate(at, NON_BLOCKING), "making a stream");
      streams[i] = cell.getLong(0);
    }
    for (int i = 0; i < EVENTS; i++) {
      events[i] = event();
    }
    launched = event();
    started = true;
  }

  private long event() {
    DriverLibrary.check(DriverNatives.cuEventCreate(at, NO_TIMING), "making an event");
    return cell.getLong(0);
  }

  long allocate(long bytes) {
    start();
    int error = DriverNatives.cuMemHostAlloc(at, bytes, 0);
    if (DriverLibrary.outOfMemory(error)) {
      throw new CudaException(
          "the host has no %,d bytes of memory that can be pinned for offload_optimizer or"
                  .formatted(bytes)
              + " activation_offloading. Leave these out, end processes that hold memory, or raise"
              + " the limit of a container");
    }
    DriverLibrary.check(error, "taking %,d bytes of pinned memory".formatted(bytes));
    long address = cell.getLong(0);
    blocks.put(address, bytes);
    return address;
  }

  void free(long address) {
    if (blocks.remove(address) == null) {
      throw new IllegalArgumentException(
          "address 0x" + Long.toHexString(address) + " is of no memory of the host");
    }
    // A lost card refuses these; the process gives everything back when it ends.
    int unusedWait = finish();
    int unusedMemory = DriverNatives.cuMemFreeHost(address);
  }

  /** Whether an address is of memory of the host. */
  boolean holds(long address) {
    Map.Entry<Long, Long> block = blocks.floorEntry(address);
    return block != null && address < block.getKey() + block.getValue();
  }

  long copyAside(long target, long source, long bytes, boolean toHost) {
    int direction = toHost ? 1 : 0;
    long own = streams[direction];
    DriverLibrary.check(DriverNatives.cuEventRecord(launched, stream), "recording an event");
    DriverLibrary.check(DriverNatives.cuStreamWaitEvent(own, launched, 0), "ordering a copy");
    long other = lastOf[1 - direction];
    if (other > 0) {
      DriverLibrary.check(
          DriverNatives.cuStreamWaitEvent(own, events[(int) (other % EVENTS)], 0),
          "ordering a copy");
    }
    DriverLibrary.check(
        toHost
            ? DriverNatives.cuMemcpyDtoHAsync_v2(target, source, bytes, own)
            : DriverNatives.cuMemcpyHtoDAsync_v2(target, source, bytes, own),
        "copying %,d bytes between host and device".formatted(bytes));
    copies++;
    lastOf[direction] = copies;
    DriverLibrary.check(
        DriverNatives.cuEventRecord(events[(int) (copies % EVENTS)], own), "recording an event");
    return copies;
  }

  void await(long copy) {
    if (copy > 0) {
      DriverLibrary.check(
          DriverNatives.cuStreamWaitEvent(stream, events[(int) (copy % EVENTS)], 0),
          "waiting for a copy");
    }
  }

  /** Waits until all launches and copies are done, and returns an error or 0. */
  int finish() {
    int error = DriverNatives.cuStreamSynchronize(stream);
    for (int i = 0; started && error == 0 && i < streams.length; i++) {
      error = DriverNatives.cuStreamSynchronize(streams[i]);
    }
    return error;
  }

  @Override
  public void close() {
    if (!started) {
      return;
    }
    int unusedWait = finish();
    for (long address : blocks.keySet()) {
      int unused = DriverNatives.cuMemFreeHost(address);
    }
    blocks.clear();
    for (long event : events) {
      int unused = DriverNatives.cuEventDestroy_v2(event);
    }
    int unusedEvent = DriverNatives.cuEventDestroy_v2(launched);
    for (long each : streams) {
      int unused = DriverNatives.cuStreamDestroy_v2(each);
    }
    started = false;
  }
}
