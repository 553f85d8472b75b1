/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

/**
 * A stream for what a library does beside the launches. One thread puts work into it and asks for
 * it; any thread may {@link #use} its device.
 */
public interface SideStream extends AutoCloseable {
  /** Makes the device the current one of this thread. */
  void use();

  /** The stream, as libraries take it. */
  long handle();

  /** What is put into the stream from now on begins after all that was started before. */
  void follow();

  /** Marks the end of what was put into the stream so far. */
  long mark();

  /** Whether everything before a mark is done; nobody asks again after that. */
  boolean isDone(long mark);

  @Override
  void close();
}
