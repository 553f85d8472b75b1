/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.cuda.kernel.SideStream;

/** A second stream of a card, ordered behind the launches by events. */
final class CudaSideStream implements SideStream {
  private static final int NON_BLOCKING = 1;
  private static final int NO_TIMING = 2;

  private final long context;
  private final long launches;
  private final Memory cell = new Memory(Long.BYTES);
  private final long at = Pointer.nativeValue(cell);
  private final long stream;
  private final long launched;

  /**
   * Makes one.
   *
   * @param launches the stream that everything else runs on
   */
  CudaSideStream(long context, long launches) {
    this.context = context;
    this.launches = launches;
    use();
    DriverLibrary.check(DriverNatives.cuStreamCreate(at, NON_BLOCKING), "making a stream");
    stream = cell.getLong(0);
    launched = event();
  }

  private long event() {
    DriverLibrary.check(DriverNatives.cuEventCreate(at, NO_TIMING), "making an event");
    return cell.getLong(0);
  }

  @Override
  public void use() {
    DriverLibrary.check(DriverNatives.cuCtxSetCurrent(context), "using the card in a thread");
  }

  @Override
  public long handle() {
    return stream;
  }

  @Override
  public void follow() {
    DriverLibrary.check(DriverNatives.cuEventRecord(launched, launches), "recording an event");
    DriverLibrary.check(DriverNatives.cuStreamWaitEvent(stream, launched, 0), "ordering streams");
  }

  @Override
  public long mark() {
    long event = event();
    DriverLibrary.check(DriverNatives.cuEventRecord(event, stream), "recording an event");
    return event;
  }

  @Override
  public boolean isDone(long mark) {
    int error = DriverNatives.cuEventQuery(mark);
    if (DriverLibrary.notReady(error)) {
      return false;
    }
    DriverLibrary.check(error, "waiting for another card");
    DriverLibrary.check(DriverNatives.cuEventDestroy_v2(mark), "deleting an event");
    return true;
  }

  @Override
  public void close() {
    // A lost card refuses these; the process gives everything back when it ends.
    int unusedEvent = DriverNatives.cuEventDestroy_v2(launched);
    int unusedStream = DriverNatives.cuStreamDestroy_v2(stream);
  }
}
