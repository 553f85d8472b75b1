/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.web.Request;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the page asks for, as JSON.
 *
 * <p>A question goes out as pieces of HTML and an id. Which answer was first in the file, whether
 * the question is a gold one, and where the row stands never leave the server.
 */
final class LabelApi {
  private static final Logger log = LoggerFactory.getLogger(LabelApi.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int FULL_DISK = 507;

  private final LabelSession session;
  private final LabelOptions options;
  private final String guidelines;

  /**
   * The answers to requests about a session.
   *
   * @param guidelines HTML that stands beside the question, empty for none
   */
  LabelApi(LabelSession session, LabelOptions options, String guidelines) {
    this.session = session;
    this.options = options;
    this.guidelines = guidelines;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/session", request -> ok(session())),
        Route.get("/api/question", attempt(this::question)),
        Route.post("/api/decision", attempt(this::decide)),
        Route.post("/api/undo", attempt(this::undo)),
        Route.get("/api/summary", request -> ok(summary())));
  }

  /** Something that may refuse with a {@link LabelException}, or fail to write. */
  @FunctionalInterface
  private interface Action {
    LabelSession.View run(Request request) throws IOException;
  }

  private Route.Handler attempt(Action action) {
    return request -> {
      try {
        return ok(map(action.run(request)));
      } catch (LabelException e) {
        return error(e.status(), e.text());
      } catch (IOException e) {
        log.error("a decision was not saved", e);
        return error(FULL_DISK, "Not saved: " + e.getMessage());
      }
    };
  }

  private Map<String, @Nullable Object> session() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("annotator", options.annotator());
    map.put("annotators", session.annotators());
    map.put("tags", options.tags());
    map.put("ranking", options.ranking());
    map.put("guidelines", guidelines);
    return map;
  }

  private LabelSession.View question(Request request) {
    return session.view(annotator(request.query().get("annotator")));
  }

  private LabelSession.View decide(Request request) throws IOException {
    JsonNode body =
        body(
            request,
            Set.of("annotator", "question", "choice", "reason", "tags", "seconds", "ranking"));
    String word = body.path("choice").asString("");
    Choice choice =
        Choice.of(word).orElseThrow(() -> bad("The choice \"" + word + "\" is unknown."));
    List<String> tags = new ArrayList<>();
    body.path("tags").forEach(tag -> tags.add(tag.asString("")));
    return session.decide(
        annotator(body.path("annotator").asString("")),
        new LabelSession.Answer(
            body.path("question").asString(""),
            choice,
            body.path("reason").asString(""),
            tags,
            body.path("seconds").asDouble(0),
            ranking(body.path("ranking"))));
  }

  private static List<List<Integer>> ranking(JsonNode node) {
    List<List<Integer>> groups = new ArrayList<>();
    for (JsonNode group : node) {
      List<Integer> places = new ArrayList<>();
      group.forEach(place -> places.add(place.asInt(-1)));
      groups.add(places);
    }
    return groups;
  }

  private LabelSession.View undo(Request request) throws IOException {
    JsonNode body = body(request, Set.of("annotator"));
    return session.undo(annotator(body.path("annotator").asString("")));
  }

  private static JsonNode body(Request request, Set<String> known) {
    JsonNode body;
    try {
      body = JSON.readTree(request.body());
    } catch (JacksonException e) {
      throw bad("The request is not JSON.");
    }
    if (!body.isObject() || !known.containsAll(body.propertyNames())) {
      throw bad("The request must be an object with " + known + ".");
    }
    return body;
  }

  private String annotator(@Nullable String given) {
    String name = Annotators.normalise(given == null ? "" : given);
    if (options.annotator() != null) {
      if (!name.isEmpty() && !name.equals(options.annotator())) {
        throw bad("Only " + options.annotator() + " labels here.");
      }
      return options.annotator();
    }
    if (!Annotators.isName(name)) {
      throw bad("The name " + Annotators.RULE + ".");
    }
    return name;
  }

  private Map<String, @Nullable Object> map(LabelSession.View view) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    @Nullable Question question = view.question();
    if (question == null) {
      map.put("question", null);
    } else {
      map.put(
          "question",
          Map.of(
              "id", question.id(),
              "prompt", RowHtml.prompt(question.row().prompt()),
              "answers",
                  IntStream.range(0, question.order().size())
                      .mapToObj(at -> RowHtml.answer(question.answer(at)))
                      .toList()));
    }
    map.put("answered", view.answered());
    map.put("remaining", view.remaining());
    map.put("can_undo", view.canUndo());
    map.put("team", team());
    @Nullable Decision undone = view.undone();
    if (undone != null) {
      map.put(
          "undone",
          Map.of(
              "choice", undone.choice().word(), "reason", undone.reason(), "tags", undone.tags()));
    }
    return map;
  }

  private List<Map<String, Object>> team() {
    return session.standings().stream()
        .map(
            standing ->
                Map.<String, Object>of(
                    "annotator", standing.annotator(),
                    "answered", standing.answered(),
                    "remaining", standing.remaining()))
        .toList();
  }

  private Map<String, @Nullable Object> summary() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("rows", session.rows());
    map.put("rows_finished", session.finishedRows());
    map.put("overlap", options.overlap());
    map.put("team", team());
    // Who labels must not learn which questions were gold ones, nor how they were answered.
    map.putAll(session.report().toMapWithoutGold());
    return map;
  }

  private static LabelException bad(String message) {
    return new LabelException(LabelException.BAD_REQUEST, message);
  }

  private static Response ok(Map<String, @Nullable Object> map) {
    return Response.json(200, JSON.writeValueAsString(map));
  }

  private static Response error(int status, @Nullable String message) {
    return Response.json(status, JSON.writeValueAsString(Map.of("error", String.valueOf(message))));
  }
}
