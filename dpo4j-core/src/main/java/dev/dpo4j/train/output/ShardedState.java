/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.optim.ShardedOptimizer;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.TensorBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The state of an optimizer that is divided among processes, as the file of a checkpoint of one
 * process: the stretches of all ranks, one behind the other.
 *
 * <p>Rank 0 writes; the others send it their stretches, piece by piece, in the order of the file.
 */
final class ShardedState {
  /** Numbers that are sent at once. */
  private static final long PIECE = 4L << 20;

  private final Collectives ranks;
  private final Map<String, Tensor> own;
  private final Map<String, Whole> wholes;
  private final TensorBytes buffer = new TensorBytes();
  private final List<TensorSpec> specs = new ArrayList<>();
  private final Map<String, Place> places = new LinkedHashMap<>();

  /** A tensor of the state over all processes: its type, and the numbers of each rank. */
  private record Whole(DType dtype, List<Long> counts) {
    long count() {
      return counts.stream().mapToLong(Long::longValue).sum();
    }

    long from(int rank) {
      return counts.subList(0, rank).stream().mapToLong(Long::longValue).sum();
    }
  }

  /** Where a tensor of the file lies in the state. */
  private record Place(String name, long from, long count) {}

  /** Some numbers of a tensor of the file, which lie in the stretch of one rank. */
  private record Piece(String name, int rank, long from, long count) {}

  /** Asks all processes what they hold; all make this object at the same time. */
  ShardedState(ShardedOptimizer optimizer) {
    ranks = optimizer.ranks();
    own = optimizer.state();
    wholes = wholes();
    wholes.forEach(
        (name, whole) -> {
          if (optimizer.stateLiesAsParameters()) {
            optimizer
                .parameters()
                .parameters()
                .forEach(
                    p -> {
                      TensorSpec spec =
                          new TensorSpec(name + "." + p.name(), whole.dtype(), p.shape());
                      add(spec, new Place(name, p.offset(), p.count()));
                    });
          } else {
            add(
                new TensorSpec(name, whole.dtype(), whole.count()),
                new Place(name, 0, whole.count()));
          }
        });
  }

  private void add(TensorSpec spec, Place place) {
    specs.add(spec);
    places.put(spec.name(), place);
  }

  private Map<String, Whole> wholes() {
    StringBuilder mine = new StringBuilder();
    own.forEach(
        (name, tensor) ->
            mine.append(name)
                .append('\t')
                .append(tensor.dtype())
                .append('\t')
                .append(tensor.count())
                .append('\n'));
    List<byte[]> all = ranks.allGather(mine.toString().getBytes(StandardCharsets.UTF_8));
    Map<String, Whole> found = new LinkedHashMap<>();
    for (int rank = 0; rank < all.size(); rank++) {
      for (String line : new String(all.get(rank), StandardCharsets.UTF_8).lines().toList()) {
        String[] parts = line.split("\t", -1);
        List<Long> counts =
            found
                .computeIfAbsent(
                    parts[0], name -> new Whole(DType.valueOf(parts[1]), new ArrayList<>()))
                .counts();
        // An optimizer keeps nothing of some kinds of parameters.
        while (counts.size() < rank) {
          counts.add(0L);
        }
        counts.add(Long.parseLong(parts[2]));
      }
    }
    found
        .values()
        .forEach(
            whole -> {
              while (whole.counts().size() < all.size()) {
                whole.counts().add(0L);
              }
            });
    return found;
  }

  private Place place(TensorSpec spec) {
    return Objects.requireNonNull(places.get(spec.name()));
  }

  private Whole whole(String name) {
    return Objects.requireNonNull(wholes.get(name));
  }

  private Tensor own(String name) {
    return Objects.requireNonNull(own.get(name));
  }

  /** The pieces of a tensor of the file; all processes find the same. */
  private List<Piece> pieces(TensorSpec spec) {
    Place place = place(spec);
    Whole whole = whole(place.name());
    List<Piece> pieces = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      long begin = whole.from(rank);
      long end = Math.min(place.from() + place.count(), begin + whole.counts().get(rank));
      long at = Math.max(place.from(), begin);
      while (at < end) {
        long count = Math.min(PIECE, end - at);
        pieces.add(new Piece(place.name(), rank, at - begin, count));
        at += count;
      }
    }
    return pieces;
  }

  /**
   * Writes the file in rank 0 while the others {@link #give} what they hold.
   *
   * @throws IOException when the disk is full or fails; the others notice nothing of it
   */
  void write(Path file) throws IOException {
    List<Piece> left = new ArrayList<>();
    specs.forEach(spec -> left.addAll(pieces(spec)));
    Iterator<Piece> order = List.copyOf(left).iterator();
    try {
      FlatTensors.write(file, specs, spec -> bytes(pieces(spec).size(), order));
    } catch (IOException e) {
      order.forEachRemaining(this::drop);
      throw e;
    }
  }

  /** Takes what the others send although nobody can write it. */
  void drop() {
    specs.forEach(spec -> pieces(spec).forEach(this::drop));
  }

  private void drop(Piece piece) {
    if (piece.rank() != ranks.rank()) {
      try (Scope scope = Scope.open()) {
        received(piece);
      }
    }
  }

  private Iterator<ByteBuffer> bytes(int count, Iterator<Piece> order) {
    int[] taken = {0};
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return taken[0] < count;
      }

      @Override
      public ByteBuffer next() {
        taken[0]++;
        Piece piece = order.next();
        try (Scope scope = Scope.open()) {
          Tensor numbers = piece.rank() == ranks.rank() ? mine(piece) : received(piece);
          return buffer.pieces(numbers, 0, piece.count(), numbers.dtype()).next();
        }
      }
    };
  }

  private Tensor mine(Piece piece) {
    return own(piece.name()).view(-1).narrow(0, piece.from(), piece.count());
  }

  private Tensor received(Piece piece) {
    Tensor numbers = Tensor.empty(whole(piece.name()).dtype(), piece.count());
    ranks.receive(numbers, piece.rank());
    return numbers;
  }

  /** Sends what this process holds to rank 0, which writes it. */
  void give() {
    for (TensorSpec spec : specs) {
      for (Piece piece : pieces(spec)) {
        if (piece.rank() == ranks.rank()) {
          try (Scope scope = Scope.open()) {
            ranks.send(mine(piece), 0);
          }
        }
      }
    }
  }

  /** Reads the stretch of this process from a file, whoever wrote it. */
  void read(Path file) {
    List<FlatTensors.Stretch> stretches = new ArrayList<>();
    for (TensorSpec spec : specs) {
      Place place = place(spec);
      Whole whole = whole(place.name());
      long begin = whole.from(ranks.rank());
      long from = Math.max(begin, place.from());
      long to = Math.min(begin + whole.counts().get(ranks.rank()), place.from() + place.count());
      if (from < to) {
        Tensor tensor = own(place.name());
        stretches.add(
            new FlatTensors.Stretch(spec, from - place.from(), tensor, from - begin, to - from));
      }
    }
    FlatTensors.readStretches(file, stretches);
  }
}
