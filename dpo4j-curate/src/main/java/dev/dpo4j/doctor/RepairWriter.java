/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.DataFault;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.doctor.check.RepeatedRows;
import dev.dpo4j.doctor.check.RowChart;
import dev.dpo4j.doctor.check.RowStore;
import dev.dpo4j.doctor.check.ScoreBook;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Example;
import dev.dpo4j.doctor.finding.NoiseEstimate;
import dev.dpo4j.doctor.finding.Repair;
import dev.dpo4j.io.AtomicFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a repaired copy of the data, and a list of what was changed.
 *
 * <p>A row that stands on a line of a JSONL file is copied byte for byte, with all its columns; any
 * other is written anew. Both files appear complete or not at all, the list first.
 */
final class RepairWriter implements Closeable {
  private static final ObjectMapper MAPPER = JsonMapper.shared();

  private final Path target;
  private final RowStore rows;
  private final RepeatedRows.Walk repeats;
  private final ScoreBook scores;
  private final @Nullable NoiseEstimate flips;
  private final AtomicFile copy;
  private final AtomicFile list;
  private final RawLines lines = new RawLines();
  private long copyEnd;
  private long listEnd;
  private long row;
  private long nextScore;
  private long kept;
  private long dropped;
  private long swapped;
  private long rewritten;

  /**
   * Begins to write.
   *
   * @param flips swaps the answers of rows that are probably flipped; null swaps nothing
   */
  RepairWriter(
      Path target,
      RowStore rows,
      RepeatedRows.Walk repeats,
      ScoreBook scores,
      @Nullable NoiseEstimate flips)
      throws IOException {
    this.target = target;
    this.rows = rows;
    this.repeats = repeats;
    this.scores = scores;
    this.flips = flips;
    this.copy = AtomicFile.create(target);
    this.list = AtomicFile.create(changes(target));
  }

  /** Returns the name of the list that belongs to a copy. */
  static Path changes(Path target) {
    String name = String.valueOf(target.getFileName());
    String stem = name.endsWith(".jsonl") ? name.substring(0, name.length() - 6) : name;
    return target.resolveSibling(stem + ".changes.jsonl");
  }

  Repair write(PreferenceRows data, List<DataFault> faults) throws IOException {
    try {
      data.forEach(
          pair -> {
            try {
              take(pair);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          },
          info -> {
            try {
              drop(info.origin(), row++, DataProblem.EMPTY_ANSWER, "");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (DataException e) {
      if (faults.isEmpty() || e.faults().size() != faults.size()) {
        throw e;
      }
      for (DataFault fault : faults) {
        drop(fault.origin(), -1, DataProblem.UNREADABLE_ROW, fault.message());
      }
    }
    list.commit();
    copy.commit();
    String changes = changes(target).toString();
    return new Repair(target.toString(), changes, kept, dropped, swapped, rewritten);
  }

  private void take(PreferencePair pair) throws IOException {
    Origin origin = pair.info().origin();
    if (target.toAbsolutePath().normalize().equals(path(origin))) {
      throw new DataException(
          "%s is one of the files that are read: give --fix another name".formatted(target));
    }
    boolean flipped = isFlipped();
    DataProblem reason = RowChart.unusable(pair);
    if (reason != null) {
      drop(origin, row, reason, "");
    } else if (repeats.reaches(rows.number(row)) && repeats.get().exact()) {
      Origin earlier = rows.read(repeats.get().earlier()).origin();
      drop(origin, row, DataProblem.DUPLICATE_PAIR, "repeats " + Example.place(earlier));
    } else {
      keep(pair, flipped);
    }
    row++;
  }

  private static Path path(Origin origin) {
    return Path.of(origin.file()).toAbsolutePath().normalize();
  }

  /** Goes on to this row in the list of scores, which has its rows in the same order. */
  private boolean isFlipped() throws IOException {
    if (flips == null || nextScore == scores.count() || rows.place(scores.row(nextScore)) != row) {
      return false;
    }
    return scores.isFlipped(nextScore++, flips);
  }

  private void keep(PreferencePair pair, boolean flipped) throws IOException {
    Origin origin = pair.info().origin();
    Map<String, Object> columns = lines.columns(origin);
    boolean asItStands = columns != null;
    if (columns == null) {
      columns = pair.columns();
      rewritten++;
    }
    // A row that says itself how sure its label is was judged with more than the reference.
    boolean judged = !pair.info().extras().isEmpty();
    if (flipped && !judged) {
      Object chosen = columns.get("chosen");
      columns.put("chosen", columns.get("rejected"));
      columns.put("rejected", chosen);
      swapped++;
      change(origin, row, "swapped", DataProblem.LIKELY_FLIPPED, "");
    }
    byte[] line =
        asItStands && (!flipped || judged) ? lines.bytes() : MAPPER.writeValueAsBytes(columns);
    copyEnd = append(copy, copyEnd, line);
    kept++;
  }

  private void drop(Origin origin, long place, DataProblem reason, String detail)
      throws IOException {
    dropped++;
    change(origin, place, "dropped", reason, detail);
  }

  private void change(Origin origin, long place, String action, DataProblem reason, String detail)
      throws IOException {
    Map<String, Object> change = new LinkedHashMap<>();
    change.put("file", origin.file());
    change.put("line", origin.line());
    change.put("row", place);
    change.put("action", action);
    change.put("reason", reason.id());
    change.put("detail", detail.isEmpty() ? reason.title() : detail);
    listEnd = append(list, listEnd, MAPPER.writeValueAsBytes(change));
  }

  private static long append(AtomicFile file, long end, byte[] line) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(line.length + 1);
    return file.write(bytes.put(line).put((byte) '\n').flip(), end);
  }

  /**
   * Refuses a copy whose folder is missing, before anything is read.
   *
   * @throws DataException if there is no such folder, or the target is a folder
   */
  static void checkTarget(Path target) {
    Path folder = target.toAbsolutePath().getParent();
    if (Files.isDirectory(target) || folder == null || !Files.isDirectory(folder)) {
      throw new DataException(
          "%s cannot be written: its folder must exist, and it must be a file".formatted(target));
    }
  }

  @Override
  public void close() throws IOException {
    try (copy;
        list) {
      lines.close();
    }
  }
}
