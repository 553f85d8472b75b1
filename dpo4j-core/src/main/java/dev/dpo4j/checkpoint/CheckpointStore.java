/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of a run: folders {@code checkpoint-N} in its output folder, named as
 * transformers does.
 *
 * <p>A checkpoint is written under another name, listed with checksums, forced to the disk and
 * published by one rename. It is taken away by a rename, too, so that under the name there is a
 * whole checkpoint or none.
 */
public final class CheckpointStore {
  private static final Pattern NAME = Pattern.compile("checkpoint-([1-9][0-9]{0,17})");
  private static final Pattern ASIDE =
      Pattern.compile("\\.checkpoint-[0-9]+\\.(partial|replaced|deleted)");

  private final Path output;

  /** Looks after the checkpoints in an output folder. */
  public CheckpointStore(Path output) {
    this.output = output;
  }

  /** Writes what belongs into a checkpoint. */
  @FunctionalInterface
  public interface Content {
    /** Writes into an empty folder. */
    void write(Path folder) throws IOException;
  }

  /** The folder of the checkpoint after a step. */
  public Path folder(long step) {
    return output.resolve("checkpoint-" + step);
  }

  /** The steps after which there are checkpoints, whole or not, in ascending order. */
  public List<Long> steps() {
    try (Stream<Path> files = Files.list(output)) {
      return files
          .map(file -> NAME.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .map(matcher -> Long.parseLong(matcher.group(1)))
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("The checkpoints in " + output + " cannot be listed", e);
    }
  }

  /**
   * Writes a checkpoint; an older one of the same step is replaced.
   *
   * @throws IOException when writing fails; nothing is left of it, and other checkpoints are whole
   */
  public Path publish(long step, Content content) throws IOException {
    Path partial = aside(step, "partial");
    Path target = folder(step);
    Folders.delete(partial);
    try {
      Files.createDirectories(partial);
      content.write(partial);
      Manifest.write(partial);
      AtomicFile.syncFolder(partial);
      if (Files.exists(target)) {
        Path replaced = aside(step, "replaced");
        Folders.delete(replaced);
        Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        Folders.delete(replaced);
      } else {
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      }
      AtomicFile.syncFolder(output);
      return target;
    } catch (IOException | RuntimeException e) {
      try {
        Folders.delete(partial);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private Path aside(long step, String state) {
    return output.resolve(".checkpoint-" + step + "." + state);
  }

  /**
   * Deletes the oldest checkpoints beyond a limit, but never the best nor the last one.
   *
   * @param upTo the last step that counts: later ones are of an earlier attempt
   * @param limit checkpoints to keep, at least 1
   * @param best the step of the best checkpoint, or null
   */
  public void rotate(long upTo, int limit, @Nullable Long best) throws IOException {
    List<Long> steps = new ArrayList<>(steps());
    steps.removeIf(step -> step > upTo);
    int kept = limit;
    if (best != null && steps.remove(best)) {
      // As in transformers: the best one goes last but one, and the last one stays beside it.
      steps.add(best > last(steps) ? steps.size() : steps.size() - 1, best);
      kept = limit == 1 && !best.equals(last(steps)) ? 2 : limit;
    }
    for (Long step : steps.subList(0, Math.max(0, steps.size() - kept))) {
      Path deleted = aside(step, "deleted");
      Folders.delete(deleted);
      Files.move(folder(step), deleted, StandardCopyOption.ATOMIC_MOVE);
      Folders.delete(deleted);
    }
  }

  private static long last(List<Long> steps) {
    return steps.isEmpty() ? -1 : steps.get(steps.size() - 1);
  }

  /** Removes what an interrupted write or removal left behind. */
  public void clean() throws IOException {
    List<Path> left;
    try (Stream<Path> files = Files.list(output)) {
      left = files.filter(f -> ASIDE.matcher(f.getFileName().toString()).matches()).toList();
    }
    for (Path folder : left) {
      Folders.delete(folder);
    }
  }

  /**
   * The newest checkpoint that is whole and can be resumed.
   *
   * @param notice told of each newer one that is not, and why
   */
  public Optional<Path> latest(Consumer<String> notice) {
    List<Long> steps = steps();
    for (int i = steps.size() - 1; i >= 0; i--) {
      Path folder = folder(steps.get(i));
      List<String> faults = faults(folder);
      if (faults.isEmpty()) {
        return Optional.of(folder);
      }
      notice.accept(
          folder + " cannot be resumed, the one before it is taken: " + String.join("; ", faults));
    }
    return Optional.empty();
  }

  /** What speaks against resuming from a folder. */
  public static List<String> faults(Path folder) {
    List<String> faults = Manifest.faults(folder);
    return faults.isEmpty() && !Files.exists(folder.resolve(ResumeState.FILE_NAME))
        ? List.of("it holds a model only (save_only_model)")
        : faults;
  }
}
