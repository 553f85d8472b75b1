/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.io.ModelFileException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The weights of a model folder: {@code model.safetensors}, or all shards that {@code
 * model.safetensors.index.json} names, seen as one.
 */
public final class ShardedSafetensors implements TensorSource {
  /** The name of unsharded weights. */
  public static final String SINGLE_FILE = "model.safetensors";

  /** The name of the index of sharded weights. */
  public static final String INDEX_FILE = "model.safetensors.index.json";

  private final Path source;
  private final List<SafetensorsFile> files;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, SafetensorsFile> fileOf = new LinkedHashMap<>();

  private ShardedSafetensors(Path source, List<SafetensorsFile> files) {
    this.source = source;
    this.files = files;
  }

  /**
   * Opens the weights of a folder. Where both layouts lie in it, the single file is read, as
   * transformers does.
   *
   * @throws SafetensorsException when there are no weights, a shard is missing (all of them are
   *     listed), index and shards disagree, or a file breaks the format
   */
  public static ShardedSafetensors open(Path folder) {
    Path single = folder.resolve(SINGLE_FILE);
    if (Files.exists(single)) {
      ShardedSafetensors result =
          new ShardedSafetensors(single, List.of(SafetensorsFile.open(single)));
      result.files.forEach(result::add);
      return result;
    }
    Path index = folder.resolve(INDEX_FILE);
    if (Files.isRegularFile(index)) {
      return openShards(folder, index);
    }
    throw new SafetensorsException(
        folder, "there is neither " + SINGLE_FILE + " nor " + INDEX_FILE, remedy(folder));
  }

  private static String remedy(Path folder) {
    if (Files.exists(folder.resolve("adapter_model.safetensors"))) {
      return "The folder holds an adapter; give the folder of the full model.";
    }
    if (Files.exists(folder.resolve("pytorch_model.bin"))
        || Files.exists(folder.resolve("pytorch_model.bin.index.json"))) {
      return "Weights in pickle files are not read; save the model as safetensors with"
          + " transformers' save_pretrained.";
    }
    return "Give the folder of a model with safetensors weights.";
  }

  private static ShardedSafetensors openShards(Path folder, Path index) {
    Map<String, String> shardOf = ShardIndex.read(index);
    TreeSet<String> names = new TreeSet<>(shardOf.values());
    List<String> absent =
        names.stream().filter(name -> !Files.isRegularFile(folder.resolve(name))).toList();
    if (!absent.isEmpty()) {
      throw new SafetensorsException(
          index,
          absent.size()
              + " of "
              + names.size()
              + " shards are missing in the folder: "
              + String.join(", ", absent),
          "Download them.");
    }
    ShardedSafetensors result = new ShardedSafetensors(index, new ArrayList<>());
    try {
      List<String> faults = new ArrayList<>();
      for (String name : names) {
        SafetensorsFile file = SafetensorsFile.open(folder.resolve(name));
        result.files.add(file);
        result.addShard(name, file, shardOf, faults);
      }
      shardOf.forEach(
          (tensor, shard) -> {
            if (!result.tensors.containsKey(tensor)) {
              faults.add("\"" + tensor + "\" is missing in " + shard);
            }
          });
      if (!faults.isEmpty()) {
        throw new SafetensorsException(
            index,
            "index and shards disagree:\n  " + String.join("\n  ", faults) + "\n",
            "The files are not of one save: download or write them again.");
      }
    } catch (RuntimeException e) {
      result.close();
      throw e;
    }
    return result;
  }

  private void addShard(
      String name, SafetensorsFile file, Map<String, String> shardOf, List<String> faults) {
    for (String tensor : file.tensors().keySet()) {
      String expected = shardOf.get(tensor);
      if (expected == null) {
        faults.add("\"" + tensor + "\" in " + name + " is not in the index");
      } else if (!expected.equals(name)) {
        faults.add("\"" + tensor + "\" lies in " + name + ", the index says " + expected);
      } else {
        add(file, tensor);
      }
    }
  }

  private void add(SafetensorsFile file) {
    file.tensors().keySet().forEach(tensor -> add(file, tensor));
  }

  private void add(SafetensorsFile file, String tensor) {
    tensors.put(tensor, file.info(tensor));
    fileOf.put(tensor, file);
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** The files that hold the tensors. */
  public List<Path> files() {
    return files.stream().map(SafetensorsFile::path).toList();
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    SafetensorsFile file = fileOf.get(name);
    if (file == null) {
      throw new ModelFileException(this + ": there is no tensor \"" + name + "\".");
    }
    return file.bytes(name, offset, length);
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }

  @Override
  public String toString() {
    return source.toString();
  }
}
