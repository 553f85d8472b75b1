/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.nn.shard.Division;
import dev.dpo4j.nn.shard.Handover;
import dev.dpo4j.optim.ShardedOptimizer;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of an optimizer that is divided among processes, as the file of a checkpoint of one
 * process: what all ranks hold, in the order of the parameters.
 *
 * <p>Rank 0 writes; the others send it what they hold, piece by piece, in the order of the file.
 */
final class ShardedState {
  private final Collectives ranks;
  private final @Nullable Division division;
  private final Map<String, Tensor> own;
  private final Map<String, Whole> wholes;
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

  /** Asks all processes what they hold; all make this object at the same time. */
  ShardedState(ShardedOptimizer optimizer) {
    ranks = optimizer.ranks();
    division = optimizer.division();
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

  /** Who has the numbers of a tensor of the file; all processes find the same. */
  private List<Division.Piece> pieces(TensorSpec spec) {
    Place place = place(spec);
    Division divided = division;
    if (divided != null) {
      return divided.pieces(place.from(), place.count());
    }
    Whole whole = whole(place.name());
    List<Division.Piece> pieces = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      long begin = whole.from(rank);
      long first = Math.max(place.from(), begin);
      long end = Math.min(place.from() + place.count(), begin + whole.counts().get(rank));
      if (first < end) {
        pieces.add(new Division.Piece(rank, first - begin, end - first));
      }
    }
    return pieces;
  }

  /** Prepares to bring the state to rank 0; all processes do so at the same time. */
  Handover handover() {
    List<Handover.Item> items = new ArrayList<>();
    for (TensorSpec spec : specs) {
      String name = place(spec).name();
      for (Division.Piece piece : pieces(spec)) {
        items.add(new Handover.Item(own.get(name), whole(name).dtype(), piece));
      }
    }
    return new Handover(ranks, items);
  }

  /**
   * Writes the file in rank 0 while the others give what they hold.
   *
   * @throws IOException when the disk is full or fails
   */
  void write(Path file, Handover handover) throws IOException {
    FlatTensors.write(file, specs, spec -> handover.take(place(spec).count()));
  }

  /** Reads the stretch of this process from a file, whoever wrote it. */
  void read(Path file) {
    List<FlatTensors.Stretch> stretches = new ArrayList<>();
    for (TensorSpec spec : specs) {
      long at = 0;
      for (Division.Piece piece : pieces(spec)) {
        if (piece.rank() == ranks.rank()) {
          Tensor tensor = Objects.requireNonNull(own.get(place(spec).name()));
          stretches.add(new FlatTensors.Stretch(spec, at, tensor, piece.from(), piece.count()));
        }
        at += piece.count();
      }
    }
    FlatTensors.readStretches(file, stretches);
  }
}
