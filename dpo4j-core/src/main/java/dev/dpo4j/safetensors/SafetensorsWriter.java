/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.io.AtomicFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Writes one safetensors file tensor by tensor: the layout is fixed by the specs, so no more than
 * one tensor has to be in memory. The file appears under its name when {@link #close} has seen all
 * tensors; before that, and after any failure, there is none.
 */
public final class SafetensorsWriter implements Closeable {
  /** What readers in Python expect to find in a header. */
  public static final Map<String, String> PYTORCH_METADATA = Map.of("format", "pt");

  private final SafetensorsHeader header;
  private final AtomicFile file;
  private final Path path;
  private final long dataStart;
  private final Set<String> missing;
  private boolean failed;

  /**
   * Begins a file.
   *
   * @param specs all tensors; wider element types are laid out first, else in this order
   * @param metadata text for the header, see {@link #PYTORCH_METADATA}
   * @throws IOException when the file cannot be written
   * @throws IllegalArgumentException when a name stands twice
   */
  public SafetensorsWriter(Path path, Collection<TensorSpec> specs, Map<String, String> metadata)
      throws IOException {
    this(path, specs, metadata, AtomicFile.Opener.REAL);
  }

  SafetensorsWriter(
      Path path,
      Collection<TensorSpec> specs,
      Map<String, String> metadata,
      AtomicFile.Opener opener)
      throws IOException {
    this.path = path;
    header = SafetensorsHeader.layOut(specs, metadata);
    missing = new LinkedHashSet<>(header.tensors().keySet());
    ByteBuffer start = header.encode();
    file = AtomicFile.create(path, opener);
    try {
      dataStart = file.write(start, 0);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Writes one tensor, in any order of tensors.
   *
   * @param parts the values, row-major and little endian, in one buffer or several in a row; their
   *     positions move to their limits
   * @throws IOException when the disk is full or fails: nothing is left under the file's name
   * @throws IllegalArgumentException when the tensor is not in the specs, was written already, or
   *     the bytes are not as many as its type and shape say
   */
  public void write(String name, ByteBuffer... parts) throws IOException {
    write(name, Arrays.asList(parts));
  }

  /**
   * Writes one tensor from pieces that are made one after the other.
   *
   * @param parts the values as in {@link #write(String, ByteBuffer...)}; a piece is written before
   *     the next is asked for, so that all may be the same buffer
   * @throws IOException when the disk is full or fails: nothing is left under the file's name
   * @throws IllegalArgumentException when the tensor is not in the specs, was written already, or
   *     the bytes are not as many as its type and shape say; then it counts as not written
   */
  public void write(String name, Iterable<ByteBuffer> parts) throws IOException {
    TensorInfo tensor = header.tensors().get(name);
    if (tensor == null || !missing.contains(name)) {
      throw new IllegalArgumentException(
          path + ": tensor \"" + name + "\" is not announced or was written already");
    }
    long bytes = 0;
    long start = dataStart + tensor.begin();
    try {
      for (ByteBuffer part : parts) {
        int length = part.remaining();
        if (bytes + length <= tensor.byteSize()) {
          file.write(part, start + bytes);
        }
        bytes += length;
      }
    } catch (IOException e) {
      abort();
      throw e;
    }
    if (bytes != tensor.byteSize()) {
      throw new IllegalArgumentException(
          path + ": " + tensor.spec() + " has " + tensor.byteSize() + " bytes, got " + bytes);
    }
    missing.remove(name);
  }

  /** Gives the file up; {@link #close} then leaves nothing behind. */
  public void abort() {
    failed = true;
  }

  /**
   * Publishes the file. After a failed write or {@link #abort} the unfinished file is removed
   * instead; an earlier file of the same name stays as it was.
   *
   * @throws IllegalStateException when tensors are still missing; nothing is published then
   */
  @Override
  public void close() throws IOException {
    try (file) {
      if (finish()) {
        file.commit();
      }
    }
  }

  /** Forces the bytes to the disk; false when the file was given up. */
  boolean finish() throws IOException {
    if (failed) {
      return false;
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          path + ": closed before these tensors were written: " + String.join(", ", missing));
    }
    file.finish();
    return true;
  }

  AtomicFile file() {
    return file;
  }

  /** The tensors that have not been written yet. */
  Set<String> missing() {
    return missing;
  }
}
