/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.io.RunRequest;
import dev.dpo4j.report.run.RunState;
import dev.dpo4j.web.Request;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks runs for what the buttons of the page say. */
final class StudioActions {
  private static final Logger log = LoggerFactory.getLogger(StudioActions.class);

  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int FULL_DISK = 507;

  private final RunFolders folders;

  StudioActions(RunFolders folders) {
    this.folders = folders;
  }

  List<Route> routes() {
    return List.of(
        Route.post("/api/stop", request -> ask(request, RunRequest.STOP)),
        Route.post("/api/checkpoint", request -> ask(request, RunRequest.CHECKPOINT)));
  }

  private Response ask(Request request, RunRequest wanted) {
    String name = body(request).path("run").asString("");
    Optional<RunLine> line = folders.line(name);
    Optional<Path> folder = folders.folder(name);
    if (line.isEmpty() || folder.isEmpty()) {
      return fault(NOT_FOUND, "There is no run of this name.");
    }
    if (line.get().state() != RunState.RUNNING) {
      return fault(CONFLICT, "The run does not run, so nobody would do it.");
    }
    try {
      wanted.ask(folder.get());
      return Response.json(200, "{}");
    } catch (IOException e) {
      log.error("{} cannot be asked", folder.get(), e);
      return fault(FULL_DISK, "The run folder cannot be written: " + e.getMessage());
    }
  }

  /** The object that a page sent, an empty one where it is none. */
  static JsonNode body(Request request) {
    try {
      JsonNode body = JsonMapper.shared().readTree(request.body());
      return body.isObject() ? body : JsonMapper.shared().createObjectNode();
    } catch (JacksonException e) {
      return JsonMapper.shared().createObjectNode();
    }
  }

  /** Says what is wrong. */
  static Response fault(int status, String message) {
    return Response.json(status, JsonMapper.shared().writeValueAsString(Map.of("error", message)));
  }
}
