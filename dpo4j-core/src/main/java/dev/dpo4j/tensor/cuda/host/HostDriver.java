/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.tensor.cuda.kernel.Arguments;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.SideStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A device without a card: the kernels run on the processor, on host memory, one after the other.
 *
 * <p>It is made for tests and looks for faults that a card would hide. Fresh memory is full of NaN,
 * writing beyond an allocation is an error when it is freed, and so is a barrier that not all
 * threads of a block reach. A copy beside the launches is done as late as it may be.
 */
public final class HostDriver implements Driver {
  /** Bytes that a host device claims to have. */
  public static final long MEMORY = 8L << 30;

  /** More threads a block than this take longer here and show nothing new. */
  public static final int MOST_THREADS = 128;

  private static final int ALIGNMENT = 256;
  private static final int GUARD = 64;
  private static final int FRESH = 0xff;
  private static final byte GUARD_BYTE = 0x5a;

  /** The library's scheduler serves one launch at a time, whatever device it is for. */
  private static final Object LAUNCH = new Object();

  private static final AtomicLong WAITS = new AtomicLong();

  private final HostLibrary library = HostLibrary.get();
  private final Function launch = library.function("dpo4j_host_launch");
  private final Function copy = library.function("dpo4j_host_copy");
  private final Function fill = library.function("dpo4j_host_fill");
  private final Map<Kernel, Function> kernels = new EnumMap<>(Kernel.class);
  private final Map<Long, Allocation> allocations = new HashMap<>();
  private final long memory;
  private final int mostThreads;
  private final boolean reverse;
  private final Deque<Copy> copies = new ArrayDeque<>();
  private final @Nullable StagedFault fault = StagedFault.asked();
  private long copiesBegun;
  private long used;
  private long peak;

  /** A copy beside the launches that is still to be done. */
  private record Copy(long target, long source, long bytes) {
    boolean touches(long address, long length) {
      return overlaps(target, address, length) || overlaps(source, address, length);
    }

    private boolean overlaps(long begin, long address, long length) {
      return begin < address + length && address < begin + bytes;
    }
  }

  private record Allocation(long base, long bytes, boolean onHost) {}

  /**
   * Makes a device with the usual limits, compiling the kernels if that was not done before.
   *
   * @throws IllegalStateException if there is no C++ compiler
   */
  public HostDriver() {
    this(MEMORY, MOST_THREADS, false);
  }

  /**
   * Makes a device.
   *
   * @param memory bytes that it hands out at most
   * @param mostThreads larger blocks are cut to this, a multiple of 32
   * @param reverse blocks and threads take turns in the opposite order; a result that changes with
   *     it has a race
   */
  public HostDriver(long memory, int mostThreads, boolean reverse) {
    this.memory = memory;
    this.mostThreads = mostThreads;
    this.reverse = reverse;
    for (Kernel kernel : Kernel.values()) {
      kernels.put(kernel, library.function(kernel.function()));
    }
  }

  /**
   * How often this process would have waited for real cards: each time that bytes were asked back
   * from an emulated one, or that it was to end its work.
   */
  public static long waits() {
    return WAITS.get();
  }

  /** The library that the kernels are in. */
  HostLibrary library() {
    return library;
  }

  @Override
  public synchronized long allocate(long bytes) {
    if (fault != null) {
      fault.allocating(bytes);
    }
    if (bytes > memory - used) {
      throw new DeviceMemoryException(bytes, memory - used);
    }
    long address = allocate(bytes, false);
    used += bytes;
    peak = Math.max(peak, used);
    return address;
  }

  @Override
  public synchronized long allocateHost(long bytes) {
    return allocate(bytes, true);
  }

  private long allocate(long bytes, boolean onHost) {
    long base = Native.malloc(bytes + ALIGNMENT + GUARD);
    if (base == 0) {
      throw new DeviceMemoryException(bytes, memory - used);
    }
    long address = (base + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    fill.invokeVoid(new Object[] {new Pointer(address), FRESH, bytes});
    fill.invokeVoid(new Object[] {new Pointer(address + bytes), (int) GUARD_BYTE, (long) GUARD});
    allocations.put(address, new Allocation(base, bytes, onHost));
    return address;
  }

  @Override
  public synchronized void free(long address) {
    used -= free(address, false);
  }

  @Override
  public synchronized void freeHost(long address) {
    finishCopies(copiesBegun);
    long unused = free(address, true);
  }

  /** Gives memory back, and says how many bytes that were. */
  private long free(long address, boolean onHost) {
    Allocation allocation = allocations.get(address);
    if (allocation == null || allocation.onHost() != onHost) {
      throw new IllegalArgumentException("no memory was allocated at " + address);
    }
    if (copies.stream().anyMatch(copy -> copy.touches(address, allocation.bytes()))) {
      throw new IllegalStateException("memory was given back before its copies were waited for");
    }
    allocations.remove(address);
    byte[] guard = new Pointer(address).getByteArray(allocation.bytes(), GUARD);
    Native.free(allocation.base());
    for (byte b : guard) {
      if (b != GUARD_BYTE) {
        throw new IllegalStateException(
            "something wrote beyond the %,d bytes at %d".formatted(allocation.bytes(), address));
      }
    }
    return allocation.bytes();
  }

  @Override
  public synchronized long copyAside(long target, long source, long bytes, boolean toHost) {
    copies.add(new Copy(target, source, bytes));
    return ++copiesBegun;
  }

  @Override
  public synchronized void await(long awaited) {
    finishCopies(awaited);
  }

  private void finishCopies(long last) {
    long done = copiesBegun - copies.size();
    for (; done < last; done++) {
      Copy next = copies.remove();
      copy(next.target(), next.source(), next.bytes());
    }
  }

  @Override
  public void toDevice(long target, ByteBuffer source) {
    new Pointer(target).getByteBuffer(0, source.remaining()).put(source);
  }

  @Override
  public void fromDevice(ByteBuffer target, long source) {
    WAITS.incrementAndGet();
    target.put(new Pointer(source).getByteBuffer(0, target.remaining()));
  }

  @Override
  public void copy(long target, long source, long bytes) {
    copy.invokeVoid(new Object[] {new Pointer(target), new Pointer(source), bytes});
  }

  @Override
  public void zero(long target, long bytes) {
    fill.invokeVoid(new Object[] {new Pointer(target), 0, bytes});
  }

  @Override
  public void launch(Kernel kernel, long gridX, long gridY, int block, Arguments arguments) {
    check(kernel, gridX, gridY, block);
    if (fault != null) {
      fault.launching(kernel.function());
    }
    Object[] values = {
      kernels.get(kernel),
      gridX,
      gridY,
      Math.min(block, mostThreads),
      Native.getDirectBufferPointer(arguments.buffer()),
      reverse ? 1 : 0
    };
    int code;
    synchronized (LAUNCH) {
      code = launch.invokeInt(values);
    }
    if (code != 0) {
      throw new IllegalStateException(
          kernel.function()
              + (code == 1
                  ? ": the threads of a block did not meet at a barrier"
                  : ": an access of 16 bytes was not aligned"));
    }
  }

  private static void check(Kernel kernel, long gridX, long gridY, int block) {
    if (gridX < 1 || gridX > Integer.MAX_VALUE || gridY < 1 || gridY > 65535) {
      throw new IllegalArgumentException(
          "%s was started with %d x %d blocks".formatted(kernel, gridX, gridY));
    }
    if (block < 32 || block > 1024 || block % 32 != 0) {
      throw new IllegalArgumentException(
          "%s was started with %d threads a block".formatted(kernel, block));
    }
  }

  @Override
  public SideStream sideStream() {
    return new HostSideStream();
  }

  @Override
  public void synchronize() {
    WAITS.incrementAndGet();
    // Only copies may be left to do.
    await(copiesBegun);
  }

  @Override
  public synchronized long freeBytes() {
    return memory - used;
  }

  @Override
  public long totalBytes() {
    return memory;
  }

  @Override
  public synchronized long peakBytes() {
    return peak;
  }

  @Override
  public synchronized void resetPeak() {
    peak = used;
  }

  @Override
  public String name() {
    return "host";
  }

  @Override
  public synchronized void close() {
    allocations.values().forEach(allocation -> Native.free(allocation.base()));
    allocations.clear();
    used = 0;
  }
}
