/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.gloo;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.start.EngineFiles;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_gloo;
import org.jspecify.annotations.Nullable;

/**
 * A group of processes that sum tensors by Gloo.
 *
 * <p>All processes must call the same operations in the same order. Memory of the process itself is
 * summed in place; that of a card goes through a buffer. What is large is cut into pieces, which
 * are under way at the same time.
 */
public final class GlooGroup implements AutoCloseable {
  /** Small enough that summing one piece overlaps with sending another. */
  private static final long PIECE_BYTES = 16L << 20;

  /** Numbers below which messages cost more than they carry. */
  private static final long LEAST_PIECE = 1L << 18;

  private static final int THREADS = 2;

  private final Place place;
  private final ProcessGroupGloo group;
  private final TCPStore server;
  private final PrefixStore store;
  private long bytesSent;

  private GlooGroup(Place place, TCPStore server, PrefixStore store, ProcessGroupGloo group) {
    this.place = place;
    this.server = server;
    this.store = store;
    this.group = group;
  }

  /**
   * Where a process stands in its group.
   *
   * @param rank its number, from 0 to {@code size} - 1
   * @param size processes of the group
   * @param storeHost address of rank 0, as the others reach it
   * @param storePort port on which rank 0 keeps the addresses of all
   * @param ownHost address of this process that the others connect to
   * @param networkInterface the network interface to use instead, or null
   * @param name keeps the addresses of this group apart from those of others
   * @param timeout after which waiting for the others is given up
   */
  public record Place(
      int rank,
      int size,
      String storeHost,
      int storePort,
      String ownHost,
      @Nullable String networkInterface,
      String name,
      Duration timeout) {}

  /**
   * Meets the other processes.
   *
   * @throws GlooException if they do not come in time, or this platform's engine has no Gloo
   */
  public static GlooGroup join(Place place) {
    Engine.ensureStarted();
    try {
      EngineFiles.load(torch_gloo.class);
    } catch (LinkageError e) {
      throw new GlooException(
          "libtorch for %s has no Gloo, which several processes need; train in one process here"
              .formatted(Loader.getPlatform()),
          e);
    }
    try {
      TCPStoreOptions options = new TCPStoreOptions();
      options.port((short) place.storePort());
      options.isServer(place.rank() == 0);
      options.numWorkers(new SizeTPointer(1).put(place.size()));
      options.timeout(milliseconds(place.timeout()));
      TCPStore server = new TCPStore(place.storeHost(), options);
      PrefixStore store = new PrefixStore(place.name(), server);
      ProcessGroupGloo.Options how = ProcessGroupGloo.Options.create(milliseconds(place.timeout()));
      String given = place.networkInterface();
      how.devices(
          new GlooDeviceVector(
              given == null
                  ? ProcessGroupGloo.createDeviceForHostname(place.ownHost())
                  : ProcessGroupGloo.createDeviceForInterface(given)));
      how.threads(THREADS);
      return new GlooGroup(
          place, server, store, new ProcessGroupGloo(store, place.rank(), place.size(), how));
    } catch (RuntimeException e) {
      throw failure(
          "meeting the other processes at %s:%d".formatted(place.storeHost(), place.storePort()),
          e);
    }
  }

  private static Milliseconds milliseconds(Duration duration) {
    return new Milliseconds(duration.toMillis());
  }

  /** Replaces the numbers of a contiguous tensor by their sums over all processes. */
  public void allReduceSum(Tensor tensor) {
    beginAllReduceSum(tensor).await();
  }

  /** Begins the sums; nobody may touch the numbers until their end is awaited. */
  public Begun beginAllReduceSum(Tensor tensor) {
    // A ring: all but one part of the tensor go around twice.
    bytesSent += 2 * bytes(tensor) * (place.size() - 1) / place.size();
    return begun("a sum over all processes", tensor, vector -> group.allreduce(vector));
  }

  /** Replaces the numbers of a contiguous tensor by those of one process. */
  public void broadcast(Tensor tensor, int root) {
    if (place.rank() == root) {
      bytesSent += bytes(tensor) * (place.size() - 1);
    }
    overPieces("numbers of rank " + root, tensor, broadcastOf(root));
  }

  /** The bytes of tensors that this process has given to others so far. */
  public long bytesSent() {
    return bytesSent;
  }

  private static long bytes(Tensor tensor) {
    return tensor.count() * tensor.dtype().byteSize();
  }

  /**
   * Adds the numbers of a flat float tensor over all processes in the stretches that they own: each
   * process gives the others what is theirs. A stretch of a process keeps its other numbers.
   *
   * @param from the first number that a process owns
   * @param to the first number behind them
   */
  public void reduceScatterSum(Tensor flat, IntToLongFunction from, IntToLongFunction to) {
    int rank = place.rank();
    long most = 0;
    for (int other = 0; other < place.size(); other++) {
      most = Math.max(most, to.applyAsLong(other) - from.applyAsLong(other));
      bytesSent +=
          other == rank
              ? 0
              : (to.applyAsLong(other) - from.applyAsLong(other)) * flat.dtype().byteSize();
    }
    // What is received of all others at once takes no more memory with more processes.
    long piece = Math.max(LEAST_PIECE, PIECE_BYTES / flat.dtype().byteSize() / (place.size() - 1));
    try (Scope scope = Scope.open()) {
      for (long at = 0, tag = 0; at < most; at += piece, tag++) {
        try (Scope inner = Scope.open()) {
          long begin = at;
          addPieces(
              flat,
              (int) tag,
              other -> {
                long first = Math.min(to.applyAsLong(other), from.applyAsLong(other) + begin);
                long end = Math.min(to.applyAsLong(other), first + piece);
                return flat.narrow(0, first, end - first);
              });
        }
      }
    }
  }

  /** Gives each other process its piece, and adds what all others give to the own one. */
  private void addPieces(Tensor flat, int tag, IntFunction<Tensor> pieceOf) {
    int rank = place.rank();
    Tensor own = pieceOf.apply(rank);
    List<Under> under = new ArrayList<>();
    List<Tensor> received = new ArrayList<>();
    List<Under> receiving = new ArrayList<>();
    try {
      for (int d = 1; d < place.size(); d++) {
        int to = (rank + d) % place.size();
        int from = (rank - d + place.size()) % place.size();
        Tensor piece = pieceOf.apply(to);
        if (piece.count() > 0) {
          under.add(begin(piece, vector -> group.send(vector, to, tag)));
        }
        if (own.count() > 0) {
          Tensor part = Tensor.empty(flat.dtype(), own.count());
          received.add(part);
          Under each = begin(part, vector -> group.recv(vector, from, tag));
          under.add(each);
          receiving.add(each);
        }
      }
      for (int i = 0; i < received.size(); i++) {
        receiving.get(i).end();
        own.add_(received.get(i));
      }
      for (Under each : under) {
        if (!receiving.contains(each)) {
          each.end();
        }
      }
    } catch (RuntimeException e) {
      throw failure("a sum over all processes", e);
    } finally {
      under.forEach(Under::close);
    }
  }

  /** Replaces each stretch of a flat tensor by what its owner has there; see the sums. */
  public void allGather(Tensor flat, IntToLongFunction from, IntToLongFunction to) {
    beginAllGather(flat, from, to).await();
  }

  /** Begins the same; nobody may touch the numbers until its end is awaited. */
  public Begun beginAllGather(Tensor flat, IntToLongFunction from, IntToLongFunction to) {
    String what = "the stretches of all processes";
    long piece = PIECE_BYTES / flat.dtype().byteSize();
    List<Under> under = new ArrayList<>();
    List<Tensor> parts = new ArrayList<>();
    try {
      for (int root = 0; root < place.size(); root++) {
        long end = to.applyAsLong(root);
        for (long at = from.applyAsLong(root); at < end; at += piece) {
          long begin = at;
          Tensor part = Scope.outside(() -> flat.narrow(0, begin, Math.min(piece, end - begin)));
          parts.add(part);
          under.add(begin(part, broadcastOf(root)));
          bytesSent += root == place.rank() ? bytes(part) * (place.size() - 1) : 0;
        }
      }
      return new Begun(what, under, parts);
    } catch (RuntimeException e) {
      under.forEach(Under::close);
      parts.forEach(Tensor::close);
      throw failure(what, e);
    }
  }

  private Function<TensorVector, Work> broadcastOf(int root) {
    return vector -> {
      try (BroadcastOptions options = new BroadcastOptions()) {
        options.rootRank(root);
        return group.broadcast(vector, options);
      }
    };
  }

  /** Gives the numbers of a contiguous tensor to another process. */
  public void send(Tensor tensor, int to) {
    bytesSent += bytes(tensor);
    overPieces("rank " + to, tensor, vector -> group.send(vector, to, 0));
  }

  /** Takes the numbers of a contiguous tensor that another process sends. */
  public void receive(Tensor tensor, int from) {
    overPieces("rank " + from, tensor, vector -> group.recv(vector, from, 0));
  }

  private void overPieces(String what, Tensor tensor, Function<TensorVector, Work> operation) {
    begun(what, tensor, operation).await();
  }

  private static Begun begun(String what, Tensor tensor, Function<TensorVector, Work> operation) {
    long piece = PIECE_BYTES / tensor.dtype().byteSize();
    List<Under> under = new ArrayList<>();
    List<Tensor> parts = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Tensor flat = tensor.view(-1);
      for (long from = 0; from < flat.count(); from += piece) {
        long begin = from;
        Tensor part =
            Scope.outside(() -> flat.narrow(0, begin, Math.min(piece, flat.count() - begin)));
        parts.add(part);
        under.add(begin(part, operation));
      }
      return new Begun(what, under, parts);
    } catch (RuntimeException e) {
      under.forEach(Under::close);
      parts.forEach(Tensor::close);
      throw failure(what, e);
    }
  }

  /** An operation on a tensor that is under way. */
  public static final class Begun {
    private final String what;
    private final List<Under> under;
    private final List<Tensor> parts;

    private Begun(String what, List<Under> under, List<Tensor> parts) {
      this.what = what;
      this.under = under;
      this.parts = parts;
    }

    /**
     * Waits for the end.
     *
     * @throws GlooException if another process does not take part
     */
    public void await() {
      try {
        under.forEach(Under::end);
      } catch (RuntimeException e) {
        throw failure(what, e);
      } finally {
        under.forEach(Under::close);
        parts.forEach(Tensor::close);
      }
    }
  }

  /**
   * A piece that is under way.
   *
   * @param staged the memory that Gloo sees, if it is not the tensor's own
   */
  private record Under(
      Tensor part,
      @Nullable ByteBuffer staged,
      org.bytedeco.pytorch.Tensor blob,
      TensorVector vector,
      Work work)
      implements AutoCloseable {
    void end() {
      work._wait();
      if (staged != null) {
        part.putBytes(0, staged.rewind());
      }
    }

    @Override
    public void close() {
      work.close();
      vector.close();
      blob.close();
    }
  }

  private static Under begin(Tensor part, Function<TensorVector, Work> operation) {
    ByteBuffer own = part.memory();
    ByteBuffer staged = null;
    if (own == null) {
      staged = ByteBuffer.allocateDirect(Math.toIntExact(part.count() * part.dtype().byteSize()));
      part.getBytes(0, staged);
      staged.rewind();
    }
    org.bytedeco.pytorch.Tensor blob = blob(own == null ? staged : own, part.dtype());
    TensorVector vector = new TensorVector(blob);
    return new Under(part, staged, blob, vector, operation.apply(vector));
  }

  private static org.bytedeco.pytorch.Tensor blob(@Nullable ByteBuffer memory, DType dtype) {
    BytePointer pointer = new BytePointer(Objects.requireNonNull(memory));
    try (TensorOptions bare = new TensorOptions();
        ScalarTypeOptional type = new ScalarTypeOptional(type(dtype));
        TensorOptions options = bare.dtype(type)) {
      long count = memory.capacity() / dtype.byteSize();
      return torch.from_blob(pointer, new long[] {count}, options);
    }
  }

  private static torch.ScalarType type(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> torch.ScalarType.Double;
      case FLOAT32 -> torch.ScalarType.Float;
      case BFLOAT16 -> torch.ScalarType.BFloat16;
      case FLOAT16 -> torch.ScalarType.Half;
      case INT64 -> torch.ScalarType.Long;
      case INT32 -> torch.ScalarType.Int;
      case INT8 -> torch.ScalarType.Char;
      case UINT8 -> torch.ScalarType.Byte;
      case INT16, BOOL ->
          throw new IllegalArgumentException(
              dtype.name().toLowerCase(Locale.ROOT) + " is not summed over processes");
    };
  }

  private static GlooException failure(String what, RuntimeException cause) {
    String message = String.valueOf(cause.getMessage());
    int stack = message.indexOf("\nException raised from");
    return new GlooException(
        "waiting for %s failed: %s"
            .formatted(what, stack < 0 ? message : message.substring(0, stack)),
        cause);
  }

  @Override
  public void close() {
    group.close();
    store.close();
    server.close();
  }
}
