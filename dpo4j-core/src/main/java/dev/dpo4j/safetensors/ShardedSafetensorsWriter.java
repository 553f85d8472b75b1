/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.io.AtomicFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes the weights of a model folder: one {@code model.safetensors}, or shards of a largest size
 * with their index. All files appear when {@link #close} has seen all tensors; weights of an
 * earlier save in the folder are replaced, never mixed with the new ones.
 */
public final class ShardedSafetensorsWriter implements Closeable {
  /** The largest shard that transformers writes unless told otherwise: 5 GB. */
  public static final long DEFAULT_MAX_SHARD_SIZE = 5_000_000_000L;

  private static final Pattern WEIGHTS =
      Pattern.compile("model\\.safetensors(\\.index\\.json)?|model-\\d{5}-of-\\d{5}\\.safetensors");

  private final Path folder;
  private final List<String> names = new ArrayList<>();
  private final List<SafetensorsWriter> writers = new ArrayList<>();
  private final Map<String, Integer> shardOf = new HashMap<>();
  private final long totalSize;

  /**
   * Begins the weights of a folder, which must exist.
   *
   * @param specs all tensors, in the order in which they fill the shards
   * @param maxShardSize bytes of tensors in one file; a larger tensor gets a shard of its own
   * @throws IOException when a file cannot be written
   */
  public ShardedSafetensorsWriter(Path folder, List<TensorSpec> specs, long maxShardSize)
      throws IOException {
    this.folder = folder;
    List<List<TensorSpec>> shards = split(specs, maxShardSize);
    totalSize = specs.stream().mapToLong(TensorSpec::byteSize).sum();
    try {
      for (List<TensorSpec> shard : shards) {
        int number = names.size();
        shard.forEach(spec -> shardOf.put(spec.name(), number));
        names.add(name(number + 1, shards.size()));
        writers.add(
            new SafetensorsWriter(
                folder.resolve(names.get(number)), shard, SafetensorsWriter.PYTORCH_METADATA));
      }
    } catch (IOException | RuntimeException e) {
      abort();
      close();
      throw e;
    }
  }

  private static String name(int number, int shards) {
    return shards == 1
        ? ShardedSafetensors.SINGLE_FILE
        : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", number, shards);
  }

  private static List<List<TensorSpec>> split(List<TensorSpec> specs, long maxShardSize) {
    if (maxShardSize <= 0) {
      throw new IllegalArgumentException("max_shard_size must be positive, found " + maxShardSize);
    }
    Set<String> seen = new HashSet<>();
    List<List<TensorSpec>> shards = new ArrayList<>();
    List<TensorSpec> current = new ArrayList<>();
    long size = 0;
    for (TensorSpec spec : specs) {
      if (!seen.add(spec.name())) {
        throw new IllegalArgumentException("the tensor name \"" + spec.name() + "\" stands twice");
      }
      if (!current.isEmpty() && size + spec.byteSize() > maxShardSize) {
        shards.add(current);
        current = new ArrayList<>();
        size = 0;
      }
      current.add(spec);
      size += spec.byteSize();
    }
    shards.add(current);
    return shards;
  }

  /** Writes one tensor; see {@link SafetensorsWriter#write(String, ByteBuffer...)}. */
  public void write(String name, ByteBuffer... parts) throws IOException {
    write(name, Arrays.asList(parts));
  }

  /** Writes one tensor in pieces; see {@link SafetensorsWriter#write(String, Iterable)}. */
  public void write(String name, Iterable<ByteBuffer> parts) throws IOException {
    Integer shard = shardOf.get(name);
    if (shard == null) {
      throw new IllegalArgumentException(folder + ": tensor \"" + name + "\" is not announced");
    }
    SafetensorsWriter writer = writers.get(shard);
    try {
      writer.write(name, parts);
    } catch (IOException e) {
      abort();
      throw e;
    }
    if (writer.missing().isEmpty()) {
      writer.finish(); // Spreads the waiting for the disk and keeps few files open.
    }
  }

  /** Gives the weights up; {@link #close} then leaves nothing behind. */
  public void abort() {
    writers.forEach(SafetensorsWriter::abort);
  }

  /**
   * Publishes all files, the index last, and removes the weights of an earlier save. After a failed
   * write or {@link #abort} the unfinished files are removed instead.
   *
   * @throws IllegalStateException when tensors are still missing; nothing is published then
   */
  @Override
  public void close() throws IOException {
    try {
      boolean complete = true;
      for (SafetensorsWriter writer : writers) {
        complete &= writer.finish();
      }
      if (complete && !writers.isEmpty()) {
        publish();
      }
    } finally {
      for (SafetensorsWriter writer : writers) {
        writer.file().close();
      }
    }
  }

  private void publish() throws IOException {
    Set<String> kept = new HashSet<>(names);
    for (SafetensorsWriter writer : writers) {
      writer.file().publish();
    }
    if (names.size() > 1) {
      kept.add(ShardedSafetensors.INDEX_FILE);
      Map<String, String> shards = new HashMap<>();
      shardOf.forEach((tensor, shard) -> shards.put(tensor, names.get(shard)));
      AtomicFile.writeString(
          folder.resolve(ShardedSafetensors.INDEX_FILE), ShardIndex.format(shards, totalSize));
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "model*")) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (WEIGHTS.matcher(name).matches() && !kept.contains(name)) {
          Files.delete(file);
        }
      }
    }
    AtomicFile.syncFolder(folder);
  }
}
