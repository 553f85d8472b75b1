/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.cuda.kernel.SideStream;
import java.lang.invoke.VarHandle;

/**
 * A stream of the host: two counters, of which a library that plays NCCL counts up the first where
 * something is put into the stream, and the second where it is done. What is launched is done at
 * once, so there is nothing to follow.
 */
final class HostSideStream implements SideStream {
  private final Memory counters = new Memory(2L * Long.BYTES);

  HostSideStream() {
    counters.clear();
  }

  @Override
  public void use() {
    // Every thread reaches the memory.
  }

  @Override
  public long handle() {
    return Pointer.nativeValue(counters);
  }

  @Override
  public void follow() {
    VarHandle.fullFence();
  }

  @Override
  public long mark() {
    return counters.getLong(0);
  }

  @Override
  public boolean isDone(long mark) {
    boolean done = counters.getLong(Long.BYTES) >= mark;
    VarHandle.fullFence();
    return done;
  }

  @Override
  public void close() {
    counters.close();
  }
}
