/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.Checksums;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Files of tokens that outlive a run, found again by what they were made of: the content of the
 * data, the tokenizer and its template, the options, and the code.
 *
 * <p>Only large data sets are kept. A file that is damaged, by its checksum, counts as absent.
 */
public final class TokenCache {
  private static final Logger LOG = LoggerFactory.getLogger(TokenCache.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final byte[] MAGIC = "dpo4j-tokens-1\n".getBytes(StandardCharsets.US_ASCII);

  /** Length of the tail and the magic bytes, at the very end. */
  private static final int END = Integer.BYTES + MAGIC.length;

  private static final Duration UNUSED = Duration.ofDays(30);

  private final Path folder;

  /** Keeps files in a folder, which is made when it is needed. */
  public TokenCache(Path folder) {
    this.folder = folder;
  }

  /**
   * The folder of this user: {@code dpo4j/tokens} below {@code XDG_CACHE_HOME} or {@code ~/.cache}.
   */
  public static TokenCache standard() {
    String base = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
    Path cache =
        base.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(base);
    return new TokenCache(cache.resolve("dpo4j").resolve("tokens"));
  }

  /** Removes files that nobody has used for a month, and what killed processes left. */
  void prune() {
    Instant old = Instant.now().minus(UNUSED);
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.filter(TokenCache::isOurs).toList()) {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.debug("{} was not cleaned: {}", folder, e.toString());
    }
  }

  private static boolean isOurs(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".tokens") || name.endsWith(".tokens.partial");
  }

  /** A file for this process alone; /tmp may lie in memory. */
  public Path temporary() throws IOException {
    Files.createDirectories(folder);
    return Files.createTempFile(folder, "run-", ".tokens");
  }

  Path file(String key) {
    return folder.resolve(key + ".tokens");
  }

  /**
   * What rows are made of.
   *
   * @param kind what a row is, such as {@code pairs}
   * @param inputs files and folders that are read
   * @param options everything else that decides about the rows, as text
   * @param tokenizer a checksum of tokenizer and template
   */
  public record Recipe(String kind, Map<String, Path> inputs, String options, String tokenizer) {
    public Recipe {
      inputs = new TreeMap<>(inputs);
    }

    /** Bytes that would be read to tell whether the data are the same; 0 for data in memory. */
    long bytes() throws IOException {
      long bytes = 0;
      for (Path input : inputs.values()) {
        for (Path file : files(input)) {
          bytes += Files.size(file);
        }
      }
      return bytes;
    }

    /** Sizes and dates of the files. */
    String stamp() throws IOException {
      StringBuilder stamp = new StringBuilder();
      for (Path input : inputs.values()) {
        for (Path file : files(input)) {
          stamp.append(file).append(' ').append(Files.size(file)).append(' ');
          stamp.append(Files.getLastModifiedTime(file)).append('\n');
        }
      }
      return stamp.toString();
    }

    /** The name of what comes out. */
    String key() throws IOException {
      MessageDigest digest = Checksums.digest();
      // A template may render the date; CODE changes with every build.
      String head =
          String.join(
              "\n",
              kind,
              options,
              tokenizer,
              LocalDate.now(ZoneId.systemDefault()).toString(),
              CodeDigest.get());
      digest.update(head.getBytes(StandardCharsets.UTF_8));
      for (Map.Entry<String, Path> input : inputs.entrySet()) {
        for (Path file : files(input.getValue())) {
          String line = "\n" + input.getKey() + "\n" + file + "\n" + Checksums.of(file);
          digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
      }
      return Checksums.hex(digest);
    }

    private static List<Path> files(Path input) throws IOException {
      if (Files.isRegularFile(input)) {
        return List.of(input);
      }
      if (!Files.isDirectory(input)) {
        return List.of();
      }
      try (Stream<Path> all = Files.walk(input)) {
        return all.filter(Files::isRegularFile).sorted().toList();
      }
    }
  }

  /**
   * What stands behind the rows of a file.
   *
   * @param end bytes of rows
   * @param rows number of rows
   * @param crc their checksum
   * @param names of files and columns
   * @param places where rows begin, see {@link SpooledRows}
   * @param report what became of every row that was read
   * @param lengths how often each length is there, for a report over several files
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on at once, never compared
  record Tail(
      long end,
      int rows,
      long crc,
      List<String> names,
      long[] places,
      DataReport report,
      Map<String, Map<Integer, Integer>> lengths) {

    private Tail withPlaces(long[] others) {
      return new Tail(end, rows, crc, names, others, report, lengths);
    }

    /** As bytes: places, then the rest as JSON, its length, and the name of the format. */
    byte[] bytes() {
      byte[] json = JSON.writeValueAsBytes(withPlaces(new long[0]));
      ByteBuffer bytes = ByteBuffer.allocate(places.length * Long.BYTES + json.length + END);
      for (long place : places) {
        bytes.putLong(place);
      }
      return bytes.put(json).putInt(json.length).put(MAGIC).array();
    }

    /** Reads it from the end of a file. */
    static Tail read(FileChannel channel) throws IOException {
      long size = channel.size();
      ByteBuffer last = bytes(channel, size - END, END);
      int length = last.getInt();
      byte[] magic = new byte[MAGIC.length];
      last.get(magic);
      if (!Arrays.equals(magic, MAGIC) || length <= 0 || length > size - END) {
        throw new IOException("it is no file of tokens");
      }
      byte[] json = bytes(channel, size - END - length, length).array();
      Tail tail = JSON.readValue(json, Tail.class);
      long[] places = new long[(tail.rows + SpooledRows.STRIDE - 1) / SpooledRows.STRIDE];
      bytes(channel, tail.end, places.length * Long.BYTES).asLongBuffer().get(places);
      return tail.withPlaces(places);
    }

    private static ByteBuffer bytes(FileChannel channel, long at, int length) throws IOException {
      if (at < 0) {
        throw new IOException("it is too short");
      }
      ByteBuffer bytes = ByteBuffer.allocate(length);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, at + bytes.position()) < 0) {
          throw new IOException("it ends too early");
        }
      }
      return bytes.flip();
    }
  }

  /** The rows under a key; null where there are none that are whole. */
  <T> TokenStore.@Nullable Found<T> find(String key, Function<List<String>, RowCodec<T>> codec) {
    Path file = file(key);
    if (!Files.isRegularFile(file)) {
      return null;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      Tail tail = Tail.read(channel);
      if (checksum(channel, tail.end()) != tail.crc()) {
        throw new IOException("its checksum is wrong");
      }
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      RowCodec<T> reader = codec.apply(tail.names());
      SpooledRows<T> rows = SpooledRows.map(file, reader, tail.end(), tail.places(), tail.rows());
      LOG.info(
          "the tokens of {} rows are taken from {}: data, tokenizer, template and options are the same",
          tail.rows(),
          file);
      return new TokenStore.Found<>(rows, tail.report());
    } catch (IOException | JacksonException | IllegalArgumentException e) {
      LOG.warn("{} is damaged ({}): the data are tokenised anew", file, e.getMessage());
      return null;
    }
  }

  /**
   * Joins files that were written with {@link TokenSpool#into}: rows are read where they are asked
   * for.
   *
   * @param name the data set as the user knows it
   */
  static <T> TokenStore.Found<T> join(
      List<Path> files, String name, Function<List<String>, RowCodec<T>> codec) {
    SpooledRows.Joined<T> rows = new SpooledRows.Joined<>();
    ReportBuilder report = new ReportBuilder();
    TokenizeOptions options = TokenizeOptions.ofMaxLength(null);
    int read = 0;
    for (Path file : files) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        Tail tail = Tail.read(channel);
        RowCodec<T> reader = codec.apply(tail.names());
        rows.add(SpooledRows.map(file, reader, tail.end(), tail.places(), tail.rows()), read);
        report.add(tail.report(), tail.lengths());
        read += tail.report().read();
        options = tail.report().options();
      } catch (IOException | JacksonException e) {
        throw new DataException(
            "The tokens in %s cannot be read: %s".formatted(file, e.getMessage()), e);
      }
    }
    return new TokenStore.Found<>(rows, report.build(name, options));
  }

  private static long checksum(FileChannel channel, long end) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    long at = 0;
    while (at < end) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
      int read = channel.read(buffer, at);
      if (read < 0) {
        throw new IOException("it ends too early");
      }
      at += read;
      crc.update(buffer.flip());
    }
    return crc.getValue();
  }
}
