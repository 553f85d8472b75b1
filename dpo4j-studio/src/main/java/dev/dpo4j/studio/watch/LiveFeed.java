/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.report.run.RunFollower;
import dev.dpo4j.report.run.RunFollower.Point;
import dev.dpo4j.report.run.RunFollower.Position;
import dev.dpo4j.studio.launch.Launches;
import dev.dpo4j.web.Reply;
import dev.dpo4j.web.Request;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.StreamedReply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells open pages what has changed, as server-sent events.
 *
 * <p>{@code list}: something in the list of runs; {@code points}: further points of the run that
 * was asked for; {@code facts}: anything else of it; {@code again}: its log began anew, or too much
 * is new, and the page has to be loaded. Nothing is read while nobody looks.
 */
final class LiveFeed implements AutoCloseable {
  private static final long PAUSE_MILLIS = 1000;
  private static final int BEAT = 10;

  /** Each open page holds a thread of the server. */
  private static final int MOST_PAGES = 20;

  private final RunFolders folders;
  private final Launches launches;
  private final Semaphore pages = new Semaphore(MOST_PAGES);
  private boolean closed;

  LiveFeed(RunFolders folders, Launches launches) {
    this.folders = folders;
    this.launches = launches;
  }

  /** Answers a request with {@code run} and the position {@code since}, or for the list alone. */
  Reply answer(Request request) {
    @Nullable String name = request.query().get("run");
    @Nullable RunFollower follower = null;
    if (name != null) {
      Optional<RunFollower> found = folders.follow(name);
      if (found.isEmpty()) {
        return Response.text(404, "There is no run of this name.");
      }
      follower = found.get();
    }
    if (!pages.tryAcquire()) {
      return Response.text(503, "Too many pages are open; close some.");
    }
    Watch watch = new Watch(name, follower, position(request.query().getOrDefault("since", "")));
    return new StreamedReply(
        StreamedReply.EVENTS,
        writer -> {
          try {
            watch.stream(writer, request.client());
          } finally {
            pages.release();
          }
        });
  }

  /** Writes a position as it stands in a page. */
  static String text(Position position) {
    return position.generation() + "." + position.points() + "." + position.facts();
  }

  private static Position position(String text) {
    String[] parts = text.split("\\.", -1);
    try {
      return new Position(
          Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return new Position(0, 0, 0); // The page is told to load again.
    }
  }

  /** Ends all streams. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Waits for the next look; false when the server ends. */
  private synchronized boolean pause() throws InterruptedException {
    long end = System.nanoTime() + PAUSE_MILLIS * 1_000_000;
    long left = PAUSE_MILLIS;
    while (!closed && left > 0) {
      wait(left);
      left = (end - System.nanoTime()) / 1_000_000;
    }
    return !closed;
  }

  /** What one page has seen. */
  private final class Watch {
    private final @Nullable String name;
    private final @Nullable RunFollower follower;
    private Position seen;
    private String list = "";
    private long printed;

    Watch(@Nullable String name, @Nullable RunFollower follower, Position seen) {
      this.name = name;
      this.follower = follower;
      this.seen = seen;
      this.printed = printed();
    }

    /** Bytes that the run has printed, where the studio has started it. */
    private long printed() {
      String run = name;
      return run == null ? 0 : launches.find(run).map(Launches.Launch::logBytes).orElse(0L);
    }

    /** What stands in the list: its runs, and the starts that are no runs yet. */
    private String version() {
      return folders.version()
          + (name == null ? FormRoutes.unseen(launches, folders).toString() : "");
    }

    void stream(StreamedReply.Writer writer, Request.Client client) throws IOException {
      list = version();
      writer.send("retry: 3000\n\n");
      try {
        for (int look = 1; !client.hasGone(); look++) {
          String news = look();
          if (!news.isEmpty()) {
            writer.send(news);
          } else if (look % BEAT == 0) {
            writer.send(": beat\n\n");
          }
          if (!pause()) {
            return;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private String look() {
      StringBuilder news = new StringBuilder();
      String version = version();
      if (!version.equals(list)) {
        list = version;
        news.append(event("list", Map.of()));
      }
      RunFollower following = follower;
      if (following != null) {
        RunFollower.News changes = following.newsSince(seen);
        Position now = changes.position();
        Optional<List<Point>> points = changes.points();
        if (points.isEmpty()) {
          news.append(event("again", Map.of()));
        } else if (!points.get().isEmpty()) {
          news.append(event("points", points(now, points.get())));
        }
        long bytes = printed();
        if (now.facts() != seen.facts() || bytes != printed) {
          printed = bytes;
          news.append(event("facts", Map.of("at", text(now))));
        }
        seen = now;
      }
      return news.toString();
    }

    private Map<String, Object> points(Position now, List<Point> points) {
      Map<String, List<List<@Nullable Double>>> byMetric = new LinkedHashMap<>();
      for (Point point : points) {
        List<@Nullable Double> pair = new ArrayList<>();
        pair.add(point.step());
        // JSON has no such numbers; the curve has a gap there.
        pair.add(Double.isFinite(point.value()) ? (Double) point.value() : null);
        byMetric.computeIfAbsent(point.metric(), added -> new ArrayList<>()).add(pair);
      }
      return Map.of("at", text(now), "points", byMetric);
    }
  }

  private static String event(String name, Map<String, Object> data) {
    return "event: " + name + "\ndata: " + JsonMapper.shared().writeValueAsString(data) + "\n\n";
  }
}
