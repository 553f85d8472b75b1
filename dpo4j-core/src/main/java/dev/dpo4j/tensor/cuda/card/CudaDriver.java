/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.tensor.cuda.kernel.Arguments;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.SideStream;
import dev.dpo4j.tensor.cuda.torch.TorchLibrary;
import dev.dpo4j.tensor.cuda.torch.TorchNatives;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A CUDA card: memory from PyTorch's caching allocator, everything else by NVIDIA's driver.
 *
 * <p>PyTorch's kernels and ours share the card's primary context, one pool of memory and the stream
 * that is PyTorch's current one, so that no two of them need to be synchronised.
 *
 * <p>One thread at a time; another one may go on where one has stopped.
 */
public final class CudaDriver implements Driver {
  private static final int MAX_GRID_Y = 65_535;
  private static final int MAX_BLOCK = 1024;

  private final DriverLibrary driver;
  private final TorchLibrary torch;
  private final CudaCard card;
  private final int device;
  private final long context;
  private final long stream;
  private final KernelModules kernels;
  private final PinnedTransfers transfers;
  private final HostMemory hostMemory;
  private final Memory cell = new Memory(4L * Long.BYTES);
  private final long cellAddress = Pointer.nativeValue(cell);
  private final Memory parameters = new Memory(Long.BYTES);
  private final long parametersAddress = Pointer.nativeValue(parameters);
  private final Map<Long, Long> sizes = new HashMap<>();

  private final long freeAtStart;
  private final long totalBytes;
  private @Nullable Arguments lastArguments;
  private @Nullable Thread bound;
  private long live;
  private long peak;
  private boolean closed;

  private CudaDriver(DriverLibrary driver, TorchLibrary torch, CudaCard card, CubinCache cubins) {
    this.driver = driver;
    this.torch = torch;
    this.card = card;
    kernels = new KernelModules(cubins, card.architecture());
    String named = "card " + card.index() + " (" + card.name() + ")";
    DriverLibrary.check(
        DriverNatives.cuDeviceGet(cellAddress, card.index()), "asking for " + named);
    device = cell.getInt(0);
    DriverLibrary.check(
        DriverNatives.cuDevicePrimaryCtxRetain(cellAddress, device), "starting " + named);
    context = cell.getLong(0);
    bind();
    startTorch(named);
    torch.check(
        TorchNatives.aoti_torch_get_current_cuda_stream(card.index(), cellAddress),
        "asking PyTorch for its stream");
    stream = cell.getLong(0);
    transfers = new PinnedTransfers(stream);
    hostMemory = new HostMemory(stream);
    memoryInfo();
    freeAtStart = cell.getLong(0);
    totalBytes = cell.getLong(Long.BYTES);
  }

  /**
   * Starts a card.
   *
   * @throws CudaUnavailableException with the remedy, if it does not start
   */
  static CudaDriver open(
      DriverLibrary driver, TorchLibrary torch, CudaCard card, CubinCache cubins) {
    try {
      return new CudaDriver(driver, torch, card, cubins);
    } catch (CudaException e) {
      throw new CudaUnavailableException(
          "card "
              + card.index()
              + " ("
              + card.name()
              + ") does not start: "
              + e.call()
              + ". If its memory is full, \"nvidia-smi\" shows which processes use it; if it is in"
              + " exclusive mode, another process holds it: end that one, or take another card with"
              + " --device cuda:N",
          e);
    }
  }

  /**
   * Lets PyTorch start CUDA, which its allocator does not do by itself, and one of its kernels: a
   * build may have none for this card.
   */
  private void startTorch(String named) {
    long bytes = startingTensor(TorchLibrary.UINT8, named);
    long floats = startingTensor(TorchLibrary.FLOAT32, named);
    int error = TorchNatives.aoti_torch_copy_(floats, bytes, 0);
    String reason = error == 0 ? "" : torch.lastError();
    for (long tensor : new long[] {bytes, floats}) {
      torch.check(TorchNatives.aoti_torch_delete_tensor_object(tensor), "deleting a tensor");
    }
    if (error != 0) {
      throw new CudaUnavailableException(
          "PyTorch %s cannot compute on %s with compute capability %s: %s. Most likely it was built without kernels for this card: install one for a newer CUDA (https://pytorch.org/get-started/locally shows the command)"
              .formatted(torch.installation().version(), named, card.capability(), reason));
    }
  }

  private long startingTensor(int type, String named) {
    try (Memory shape = new Memory(2L * Long.BYTES)) {
      shape.setLong(0, 1);
      shape.setLong(Long.BYTES, 1);
      long at = Pointer.nativeValue(shape);
      torch.check(
          TorchNatives.aoti_torch_empty_strided(
              1, at, at + Long.BYTES, type, TorchLibrary.CUDA, card.index(), cellAddress),
          "starting PyTorch on " + named);
      return cell.getLong(0);
    }
  }

  /** Makes the card the current one of this thread, for the driver and for PyTorch. */
  private void bind() {
    Thread thread = Thread.currentThread();
    if (bound == thread) {
      return;
    }
    if (closed) {
      throw new IllegalStateException("the device was closed");
    }
    DriverLibrary.check(DriverNatives.cuCtxSetCurrent(context), "using the card in a thread");
    // Kept, because deleting the guard would make the former card the current one again.
    torch.check(
        TorchNatives.aoti_torch_create_cuda_guard(card.index(), cellAddress),
        "using the card in a thread");
    TorchNatives.aoti_torch_grad_mode_set_enabled(false);
    bound = thread;
  }

  /** Prepares a thread for calls of PyTorch and cuBLAS that this class does not make. */
  void use() {
    bind();
  }

  @Override
  public long allocate(long bytes) {
    bind();
    int error =
        TorchNatives.aoti_torch_cuda_caching_allocator_raw_alloc(Math.max(bytes, 1), cellAddress);
    if (error != 0) {
      throw noMemory(bytes);
    }
    long address = cell.getLong(0);
    sizes.put(address, bytes);
    live += bytes;
    peak = Math.max(peak, live);
    return address;
  }

  private RuntimeException noMemory(long bytes) {
    String reason = torch.lastError();
    // A lost card lets everything fail, allocations too, and tells it here.
    int error = DriverNatives.cuStreamSynchronize(stream);
    return error != 0 && !DriverLibrary.outOfMemory(error)
        ? DriverLibrary.failure(error, "taking %,d bytes (%s)".formatted(bytes, reason))
        : new DeviceMemoryException(bytes, freeBytes());
  }

  @Override
  public void free(long address) {
    bind();
    Long bytes = sizes.remove(address);
    if (bytes == null) {
      throw new IllegalArgumentException(
          "address 0x" + Long.toHexString(address) + " was not handed out, or is free already");
    }
    live -= bytes;
    torch.check(
        TorchNatives.aoti_torch_cuda_caching_allocator_raw_delete(address), "giving memory back");
  }

  @Override
  public long allocateHost(long bytes) {
    bind();
    return hostMemory.allocate(bytes);
  }

  @Override
  public void freeHost(long address) {
    bind();
    hostMemory.free(address);
  }

  @Override
  public long copyAside(long target, long source, long bytes, boolean toHost) {
    bind();
    return hostMemory.copyAside(target, source, bytes, toHost);
  }

  @Override
  public void await(long copy) {
    bind();
    hostMemory.await(copy);
  }

  @Override
  public void toDevice(long target, ByteBuffer source) {
    bind();
    if (hostMemory.holds(target)) {
      finish();
      new Pointer(target).getByteBuffer(0, source.remaining()).put(source);
    } else {
      transfers.upload(target, source);
    }
  }

  @Override
  public void fromDevice(ByteBuffer target, long source) {
    bind();
    if (hostMemory.holds(source)) {
      finish();
      target.put(new Pointer(source).getByteBuffer(0, target.remaining()));
    } else {
      transfers.download(target, source);
    }
  }

  private void finish() {
    DriverLibrary.check(hostMemory.finish(), "waiting for the card");
  }

  @Override
  public void copy(long target, long source, long bytes) {
    bind();
    if (hostMemory.holds(target) || hostMemory.holds(source)) {
      DriverLibrary.check(
          DriverNatives.cuMemcpyAsync(target, source, bytes, stream),
          "copying %,d bytes between host and device".formatted(bytes));
    } else if (bytes > 0) {
      DriverLibrary.check(
          DriverNatives.cuMemcpyDtoDAsync_v2(target, source, bytes, stream),
          "copying %,d bytes within the device".formatted(bytes));
    }
  }

  @Override
  public void zero(long target, long bytes) {
    bind();
    if (hostMemory.holds(target)) {
      finish();
      new Pointer(target).setMemory(0, bytes, (byte) 0);
    } else if (bytes > 0) {
      DriverLibrary.check(
          DriverNatives.cuMemsetD8Async(target, (byte) 0, bytes, stream),
          "clearing %,d bytes".formatted(bytes));
    }
  }

  @Override
  public void launch(Kernel kernel, long gridX, long gridY, int block, Arguments arguments) {
    if (gridX < 1
        || gridX > Integer.MAX_VALUE
        || gridY < 1
        || gridY > MAX_GRID_Y
        || block < 1
        || block > MAX_BLOCK) {
      throw new IllegalArgumentException(
          "%s cannot be started with a grid of %d x %d blocks of %d threads"
              .formatted(kernel, gridX, gridY, block));
    }
    bind();
    if (arguments != lastArguments) {
      parameters.setLong(0, Pointer.nativeValue(Native.getDirectBufferPointer(arguments.buffer())));
      lastArguments = arguments;
    }
    int error =
        DriverNatives.cuLaunchKernel(
            kernels.function(kernel),
            (int) gridX,
            (int) gridY,
            1,
            block,
            1,
            1,
            0,
            stream,
            parametersAddress,
            0);
    if (error != 0) {
      throw DriverLibrary.failure(
          error,
          "starting %s with %d x %d blocks of %d threads"
              .formatted(kernel.function(), gridX, gridY, block));
    }
  }

  /** Compiles and loads all kernels, which otherwise happens when each file is first used. */
  void loadKernels() {
    bind();
    for (Kernel kernel : Kernel.values()) {
      long unused = kernels.function(kernel);
    }
  }

  @Override
  public SideStream sideStream() {
    return new CudaSideStream(context, stream);
  }

  @Override
  public void synchronize() {
    bind();
    DriverLibrary.check(DriverNatives.cuStreamSynchronize(stream), "waiting for the card");
  }

  private void memoryInfo() {
    DriverLibrary.check(
        DriverNatives.cuMemGetInfo_v2(cellAddress, cellAddress + Long.BYTES),
        "asking for free memory");
  }

  /**
   * {@inheritDoc}
   *
   * <p>PyTorch keeps what was given back for later; that counts as free.
   */
  @Override
  public long freeBytes() {
    bind();
    memoryInfo();
    return Math.max(cell.getLong(0), freeAtStart - live);
  }

  @Override
  public long totalBytes() {
    return totalBytes;
  }

  @Override
  public long peakBytes() {
    return peak;
  }

  @Override
  public void resetPeak() {
    peak = live;
  }

  @Override
  public String name() {
    return card.name();
  }

  /** The card. */
  CudaCard card() {
    return card;
  }

  /** The PyTorch in use. */
  TorchLibrary torch() {
    return torch;
  }

  /** The newest CUDA version that NVIDIA's driver serves, such as {@code 13.0}. */
  String driverVersion() {
    return DriverLibrary.text(driver.version());
  }

  /** The stream that everything runs on. */
  long stream() {
    return stream;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    bind();
    // Whatever these return: a lost card refuses, and the process gives all back when it ends.
    int unusedWait = DriverNatives.cuStreamSynchronize(stream);
    transfers.close();
    hostMemory.close();
    kernels.close();
    for (long address : sizes.keySet()) {
      int unused = TorchNatives.aoti_torch_cuda_caching_allocator_raw_delete(address);
    }
    sizes.clear();
    live = 0;
    int unusedContext = DriverNatives.cuDevicePrimaryCtxRelease_v2(device);
    closed = true;
    bound = null;
  }
}
