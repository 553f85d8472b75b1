/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.nccl;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.DeviceException;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import dev.dpo4j.tensor.cuda.kernel.SideStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A communicator of NCCL. Its work goes into a stream of its own, behind what was launched before.
 *
 * <p>One thread begins and asks; any thread may end it.
 */
final class NcclPeers implements Backend.Peers {
  private static final int SUM = 0;

  /** How long ending waits for a call that may itself wait for a process that is gone. */
  private static final long PATIENCE_SECONDS = 3;

  private final NcclLibrary nccl;
  private final SideStream stream;
  private final Pointer communicator;
  private final int rank;
  private final int size;
  private final ReentrantLock calling = new ReentrantLock();
  private volatile boolean over;

  NcclPeers(NcclLibrary nccl, SideStream stream, Pointer communicator, int rank, int size) {
    this.nccl = nccl;
    this.stream = stream;
    this.communicator = communicator;
    this.rank = rank;
    this.size = size;
  }

  /** Calls that NCCL joins to one. */
  private interface Calls {
    void make();
  }

  private Backend.Work begin(String what, Calls calls) {
    calling.lock();
    try {
      checkOpen();
      stream.follow();
      check(nccl.call("ncclGroupStart"), what);
      try {
        calls.make();
      } catch (RuntimeException e) {
        int unused = nccl.call("ncclGroupEnd");
        throw e;
      }
      check(nccl.call("ncclGroupEnd"), what);
      long mark = stream.mark();
      return () -> isDone(mark, what);
    } finally {
      calling.unlock();
    }
  }

  private boolean isDone(long mark, String what) {
    calling.lock();
    try {
      checkOpen();
      if (stream.isDone(mark)) {
        return true;
      }
      IntByReference error = new IntByReference();
      check(nccl.call("ncclCommGetAsyncError", communicator, error), what);
      if (error.getValue() != 0 && error.getValue() != NcclLibrary.IN_PROGRESS) {
        throw nccl.failure(error.getValue(), what, communicator);
      }
      return false;
    } finally {
      calling.unlock();
    }
  }

  private void checkOpen() {
    if (over) {
      throw new CudaException("the cards of the processes were parted");
    }
  }

  private void check(int code, String what) {
    nccl.check(code, what, communicator);
  }

  private void call(String function, String what, Object... arguments) {
    check(nccl.call(function, arguments), what);
  }

  @Override
  public Backend.Work allReduceSum(Tensor x) {
    String what = "a sum over all processes";
    return begin(
        what,
        () ->
            call(
                "ncclAllReduce",
                what,
                x.address(),
                x.address(),
                x.count(),
                type(x.dtype()),
                SUM,
                communicator,
                stream.handle()));
  }

  @Override
  public Backend.Work broadcast(Tensor x, int root) {
    String what = "taking the numbers of rank " + root;
    return begin(what, () -> broadcast(what, x, 0, x.count(), root));
  }

  private void broadcast(String what, Tensor flat, long from, long to, int root) {
    long at = flat.address() + from * flat.dtype().byteSize();
    int type = type(flat.dtype());
    if (to > from) {
      call("ncclBroadcast", what, at, at, to - from, type, root, communicator, stream.handle());
    }
  }

  @Override
  public Backend.Work reduceScatterSum(Tensor flat, long[] borders) {
    String what = "a sum over all processes";
    int type = type(flat.dtype());
    int width = flat.dtype().byteSize();
    return begin(
        what,
        () -> {
          if (isEven(borders)) {
            long own = flat.address() + borders[rank] * width;
            long count = borders[1];
            long all = flat.address();
            call(
                "ncclReduceScatter",
                what,
                all,
                own,
                count,
                type,
                SUM,
                communicator,
                stream.handle());
            return;
          }
          for (int owner = 0; owner < size; owner++) {
            long at = flat.address() + borders[owner] * width;
            long count = borders[owner + 1] - borders[owner];
            if (count > 0) {
              call(
                  "ncclReduce",
                  what,
                  at,
                  at,
                  count,
                  type,
                  SUM,
                  owner,
                  communicator,
                  stream.handle());
            }
          }
        });
  }

  @Override
  public Backend.Work allGather(Tensor flat, long[] borders) {
    String what = "putting the stretches of all processes together";
    int width = flat.dtype().byteSize();
    return begin(
        what,
        () -> {
          if (isEven(borders)) {
            call(
                "ncclAllGather",
                what,
                flat.address() + borders[rank] * width,
                flat.address(),
                borders[1],
                type(flat.dtype()),
                communicator,
                stream.handle());
            return;
          }
          for (int owner = 0; owner < size; owner++) {
            broadcast(what, flat, borders[owner], borders[owner + 1], owner);
          }
        });
  }

  private static boolean isEven(long[] borders) {
    for (int i = 0; i < borders.length; i++) {
      if (borders[i] != i * borders[1]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Backend.Work send(Tensor x, int to) {
    return toOrFrom("ncclSend", "giving numbers to rank " + to, x, to);
  }

  @Override
  public Backend.Work receive(Tensor x, int from) {
    return toOrFrom("ncclRecv", "taking numbers from rank " + from, x, from);
  }

  private Backend.Work toOrFrom(String function, String what, Tensor x, int peer) {
    int type = type(x.dtype());
    return begin(
        what,
        () ->
            call(
                function, what, x.address(), x.count(), type, peer, communicator, stream.handle()));
  }

  private static int type(DType dtype) {
    return switch (dtype) {
      case INT8 -> 0;
      case UINT8 -> 1;
      case INT32 -> 2;
      case INT64 -> 4;
      case FLOAT16 -> 6;
      case FLOAT32 -> 7;
      case FLOAT64 -> 8;
      case BFLOAT16 -> 9;
      case INT16, BOOL ->
          throw new IllegalArgumentException(
              dtype.name().toLowerCase(Locale.ROOT) + " is not exchanged between cards");
    };
  }

  @Override
  public void abort() {
    boolean locked = false;
    try {
      locked = calling.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      end("ncclCommAbort");
    } finally {
      if (locked) {
        calling.unlock();
      }
    }
  }

  private synchronized void end(String function) {
    if (over) {
      return;
    }
    over = true;
    try {
      stream.use();
    } catch (DeviceException e) {
      return; // A lost card has ended the communicator.
    }
    int unused = nccl.call(function, communicator);
  }

  @Override
  public void close() {
    calling.lock();
    try {
      if (!over) {
        end("ncclCommDestroy");
        stream.close();
      }
    } finally {
      calling.unlock();
    }
  }
}
