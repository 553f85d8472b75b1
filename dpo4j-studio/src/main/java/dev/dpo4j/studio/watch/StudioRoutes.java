/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.report.ServedPage;
import dev.dpo4j.report.run.RunFollower;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.studio.launch.Launches;
import dev.dpo4j.studio.server.WebAssets;
import dev.dpo4j.web.Request;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What the studio answers about runs, without changing any. */
final class StudioRoutes {
  /** The type of all pages. */
  static final String HTML = "text/html; charset=utf-8";

  private static final int MOST_COMPARED = 16;

  /** Bytes of the end of a log that are shown. */
  private static final int LOG_BYTES = 1 << 14;

  private final RunFolders folders;
  private final StudioPages pages;
  private final LiveFeed feed;
  private final Launches launches;

  StudioRoutes(RunFolders folders, Launches launches, StudioPages pages, LiveFeed feed) {
    this.folders = folders;
    this.launches = launches;
    this.pages = pages;
    this.feed = feed;
  }

  List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    routes.add(Route.get("/", this::list));
    routes.add(Route.get("/run", this::run));
    routes.add(Route.get("/compare", this::compare));
    routes.add(Route.get("/api/runs", request -> runs()));
    routes.add(Route.get("/api/live", feed::answer));
    routes.add(
        Route.get(
            "/metrics",
            request -> new Response(200, PrometheusText.TYPE, PrometheusText.of(folders.list()))));
    WebAssets assets =
        new WebAssets().files("runs.css", "runs.js", "forms.js", "requests.js", "icon.svg");
    ServedPage.files().forEach((name, content) -> assets.text("report/" + name, content));
    routes.addAll(assets.routes());
    return routes;
  }

  private Response list(Request request) {
    List<Launches.Launch> starts = FormRoutes.unseen(launches, folders);
    return new Response(200, HTML, pages.list(folders.list(), starts, request.language()));
  }

  private Response run(Request request) {
    String name = request.query().getOrDefault("run", "");
    Optional<RunFollower> follower = folders.follow(name);
    String log = launches.log(name, LOG_BYTES);
    if (follower.isEmpty()) {
      return launches
          .find(name)
          .map(start -> new Response(200, HTML, pages.start(start, log, request.language())))
          .orElseGet(() -> missing(request));
    }
    RunFollower.Snapshot read = follower.get().read();
    String page = pages.run(name, read, log, request.language(), withPoints(request));
    return new Response(200, HTML, page);
  }

  /** A page that only looks for changes leaves the curves out. */
  private static boolean withPoints(Request request) {
    return !request.query().getOrDefault("points", "").equals("no");
  }

  private Response compare(Request request) {
    List<RunRecord> runs = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    for (int i = 1; i <= MOST_COMPARED; i++) {
      @Nullable String name = request.query().get("run" + i);
      if (name != null && names.add(name)) {
        Optional<RunFollower> follower = folders.follow(name);
        if (follower.isEmpty()) {
          return missing(request);
        }
        runs.add(follower.get().read().run().named(name));
      }
    }
    if (runs.size() < 2) {
      String page =
          pages.problem(
              "Choose at least two runs to compare.", "请至少选择两个运行进行对比。", request.language());
      return new Response(400, HTML, page);
    }
    return new Response(200, HTML, pages.compare(runs, request.language(), withPoints(request)));
  }

  private Response missing(Request request) {
    String page =
        pages.problem(
            "There is no run of this name in the folder (any more).",
            "该文件夹中没有（或不再有）这个名称的运行。",
            request.language());
    return new Response(404, HTML, page);
  }

  private Response runs() {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (RunLine run : folders.list()) {
      Map<String, @Nullable Object> line = new LinkedHashMap<>();
      line.put("run", run.name());
      line.put("state", run.state().name().toLowerCase(Locale.ROOT));
      line.put("diverging", run.diverges());
      line.put("step", run.step());
      line.put("max_steps", run.maxSteps());
      line.put("started", run.started());
      line.put("changed", run.changed().toString());
      line.put("loss", run.last("loss"));
      line.put("eval_accuracy", run.last("eval_rewards/accuracies", "eval_accuracy"));
      all.add(line);
    }
    return Response.json(200, JsonMapper.shared().writeValueAsString(Map.of("runs", all)));
  }
}
