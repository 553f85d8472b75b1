/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.launch;

import dev.dpo4j.config.value.Secrets;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.ShownText;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Starts runs as processes of their own, and keeps what they print.
 *
 * <p>Each start has a folder below {@code .dpo4j-studio} in the folder of the runs, with its
 * configuration, its output and, at its end, its exit code. All that is known of a start is read
 * from there, so that the studio may end and begin as it likes.
 */
public final class Launches {
  /** The folder of all starts. */
  static final String FOLDER = ".dpo4j-studio";

  private static final String CONFIG = "config.yaml";
  private static final String LOG = "output.log";
  private static final String CODE = "exit";
  private static final String PROCESS = "pid";
  private static final int MOST_STARTS = 200;

  /** A run that runs on by itself when the terminal of the studio is closed. */
  private static final String JOB =
      "here=$1; shift; trap '' HUP; echo $$ >\"$here/pid\"; \"$@\" >>\"$here/output.log\" 2>&1 </dev/null; echo $? >\"$here/exit\"";

  private final Path root;
  private final List<String> program;

  /**
   * Starts runs in a folder.
   *
   * @param program the beginning of the command line of dpo4j
   */
  public Launches(Path root, List<String> program) {
    this.root = root;
    this.program = List.copyOf(program);
  }

  /**
   * A start.
   *
   * @param name the name of the run
   * @param time when it was started
   * @param alive whether its process lives
   * @param exitCode how it ended, if it did
   * @param logBytes bytes that it has printed
   */
  public record Launch(
      String name, Instant time, boolean alive, OptionalInt exitCode, long logBytes) {}

  /** Whether runs can be started on this machine; it takes a POSIX shell. */
  public boolean isPossible() {
    return onPath("sh");
  }

  private static boolean onPath(String name) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Starts a run.
   *
   * @throws FileAlreadyExistsException if there is a run, or a start that lives, of this name
   * @throws IOException if it cannot be started
   */
  public void start(RunDraft draft) throws IOException {
    Path run = root.resolve(draft.name());
    Path here = folder(draft.name());
    boolean lives = find(draft.name()).map(Launch::alive).orElse(false);
    if (Files.exists(run, LinkOption.NOFOLLOW_LINKS) || lives) {
      throw new FileAlreadyExistsException(draft.name());
    }
    Files.createDirectories(here);
    for (String old : new String[] {CODE, PROCESS, LOG}) {
      Files.deleteIfExists(here.resolve(old));
    }
    Path config = here.resolve(CONFIG);
    AtomicFile.writeString(config, draft.yaml());
    AtomicFile.writeString(here.resolve(LOG), "");
    List<String> command = new ArrayList<>();
    if (onPath("setsid")) {
      command.addAll(List.of("setsid", "sh", "-c", JOB, "sh"));
    } else {
      // Job control gives the run a process group, so that Ctrl-C in the studio does not reach it.
      command.addAll(List.of("sh", "-c", "set -m; sh -c \"$0\" sh \"$@\" &", JOB));
    }
    command.add(here.toString());
    command.addAll(program);
    command.addAll(List.of(draft.method().command(), "--config", config.toString()));
    new ProcessBuilder(command)
        .redirectInput(ProcessBuilder.Redirect.from(config.toFile()))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** All starts, the last first. */
  public List<Launch> list() {
    List<Launch> all = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(root.resolve(FOLDER))) {
      for (Path folder : found) {
        find(String.valueOf(folder.getFileName())).ifPresent(all::add);
      }
    } catch (IOException e) {
      return List.of(); // Nothing was started yet.
    }
    all.sort(Comparator.comparing(Launch::time).reversed());
    return all.stream().limit(MOST_STARTS).toList();
  }

  /** The start of a run of this name, if there was one. */
  public Optional<Launch> find(String name) {
    if (!RunDraft.isName(name)) {
      return Optional.empty();
    }
    Path here = folder(name);
    Path config = here.resolve(CONFIG);
    try {
      if (!here.toRealPath().equals(here)) {
        return Optional.empty(); // A link leads elsewhere.
      }
      Instant time = Files.getLastModifiedTime(config, LinkOption.NOFOLLOW_LINKS).toInstant();
      long bytes = Files.exists(here.resolve(LOG)) ? Files.size(here.resolve(LOG)) : 0;
      OptionalInt code = number(here.resolve(CODE));
      boolean alive = code.isEmpty() && lives(number(here.resolve(PROCESS)), time);
      return Optional.of(new Launch(name, time, alive, code, bytes));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A process that has not yet said who it is gets some seconds for that. */
  private static boolean lives(OptionalInt process, Instant started) {
    return process.isPresent()
        ? ProcessHandle.of(process.getAsInt()).map(ProcessHandle::isAlive).orElse(false)
        : started.plusSeconds(10).isAfter(Instant.now());
  }

  private static OptionalInt number(Path file) {
    try {
      String text = Files.readString(file).strip();
      return text.matches("[0-9]{1,9}")
          ? OptionalInt.of(Integer.parseInt(text))
          : OptionalInt.empty();
    } catch (IOException e) {
      return OptionalInt.empty();
    }
  }

  /** The last lines that a run has printed, without secrets; empty where nothing is known. */
  public String log(String name, int bytes) {
    if (find(name).isEmpty()) {
      return "";
    }
    Path file = folder(name).resolve(LOG);
    if (Files.isSymbolicLink(file)) {
      return "";
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      long from = Math.max(0, channel.size() - bytes);
      ByteBuffer buffer = ByteBuffer.allocate(bytes);
      channel.position(from);
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // A file that becomes shorter meanwhile ends the loop.
      }
      String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
      String whole = from == 0 ? text : text.substring(text.indexOf('\n') + 1);
      return whole
          .lines()
          .map(line -> Secrets.mask(ShownText.plain(line)))
          .collect(Collectors.joining("\n"));
    } catch (IOException e) {
      return "";
    }
  }

  private Path folder(String name) {
    return root.resolve(FOLDER).resolve(name);
  }
}
