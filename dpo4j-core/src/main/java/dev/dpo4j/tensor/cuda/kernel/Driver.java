/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DeviceMemoryException;
import java.nio.ByteBuffer;

/**
 * What a device does for us: memory, copies and launches, all in the order of one stream.
 *
 * <p>Addresses are plain numbers. Everything but {@link #fromDevice} and {@link #synchronize} may
 * return before the device has done it.
 */
public interface Driver extends AutoCloseable {

  /**
   * Takes uninitialised memory, aligned to 256 bytes.
   *
   * @throws DeviceMemoryException if the device has not that much left
   */
  long allocate(long bytes);

  /** Gives memory back; what was launched before may still use it. */
  void free(long address);

  /**
   * Copies the remaining bytes of {@code source}, of which none remain then; it may be reused when
   * this returns.
   */
  void toDevice(long target, ByteBuffer source);

  /** Fills the rest of {@code target}, up to its limit, and returns when the bytes are there. */
  void fromDevice(ByteBuffer target, long source);

  /** Copies within the device; the stretches must not overlap. */
  void copy(long target, long source, long bytes);

  /**
   * Takes memory of the host that the device reaches at the same address, uninitialised; every
   * function here takes its addresses, too.
   */
  long allocateHost(long bytes);

  /** Gives back what {@link #allocateHost} took; waits for all that may still use it. */
  void freeHost(long address);

  /**
   * Begins a copy between memory of the device and of the host beside the launches. It begins when
   * everything is done that was started before, copies in the same direction in their order. What
   * is launched later may run at the same time, unless {@link #await} orders it behind.
   *
   * @param toHost whether {@code target} is of the host; else {@code source} is
   * @return the copy's number, from 1 on
   */
  long copyAside(long target, long source, long bytes, boolean toHost);

  /** Lets what is started from now on begin after that copy, and those before it, are done. */
  void await(long copy);

  /** Sets bytes to zero. */
  void zero(long target, long bytes);

  /**
   * Starts a kernel.
   *
   * @param gridX blocks, at least 1
   * @param gridY at least 1, at most 65535
   * @param block threads of a block; at most 1024, a multiple of 32
   * @param arguments the kernel's one parameter, a struct of 8-byte members
   */
  void launch(Kernel kernel, long gridX, long gridY, int block, Arguments arguments);

  /** Makes a stream of its own for what a library does beside the launches. */
  SideStream sideStream();

  /** Waits until everything that was started is done. */
  void synchronize();

  /** Bytes of the device's memory that are free at present. */
  long freeBytes();

  /** Bytes of the device's memory. */
  long totalBytes();

  /** The most bytes that {@link #allocate} had handed out at once since {@link #resetPeak}. */
  long peakBytes();

  /** Forgets the peak. */
  void resetPeak();

  /** The device's name, such as {@code NVIDIA H100 80GB HBM3}. */
  String name();

  @Override
  void close();
}
