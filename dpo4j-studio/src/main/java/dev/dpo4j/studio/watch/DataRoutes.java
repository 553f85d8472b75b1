/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.doctor.DataDoctor;
import dev.dpo4j.report.ServedPage;
import dev.dpo4j.studio.label.LabelProject;
import dev.dpo4j.studio.label.LabelProjects;
import dev.dpo4j.web.Request;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page of the data: what the data doctor says of a file, and who labels which. */
final class DataRoutes {
  private static final int MOST_KEPT = 8;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int FAULTY = 422;

  /** The doctor's page has its style in itself, and neither scripts nor links. */
  private static final Map<String, String> POLICY =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
              + " frame-ancestors 'none'");

  private final DataFolder data;
  private final LabelProjects projects;
  private final StudioPages pages;
  private final boolean readOnly;

  private final Map<String, String> examined =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > MOST_KEPT;
        }
      };

  DataRoutes(DataFolder data, LabelProjects projects, StudioPages pages, boolean readOnly) {
    this.data = data;
    this.projects = projects;
    this.pages = pages;
    this.readOnly = readOnly;
  }

  List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    routes.add(Route.get("/data", this::list));
    routes.add(Route.get("/doctor", this::examine));
    if (!readOnly) {
      routes.add(Route.post("/api/label", this::label));
    }
    return routes;
  }

  private Response list(Request request) {
    ServedPage page = new ServedPage(request.language());
    page.raw("<p class=\"soft\">").text(data.root().toString()).raw("</p>\n");
    List<String> names = new ArrayList<>();
    List<LabelProject> labelled = new ArrayList<>();
    data.files()
        .forEach(
            (name, file) -> {
              Optional<LabelProject> project = LabelProject.read(name, file);
              project.ifPresentOrElse(labelled::add, () -> names.add(name));
            });
    files(page, names);
    page.raw("<h2>").say("Label projects", "标注项目").raw("</h2>\n");
    projects(page, labelled);
    if (!readOnly && !names.isEmpty()) {
      begin(page, names);
    }
    page.raw("<p id=\"said\" class=\"said\" role=\"status\"></p>\n");
    return new Response(
        200, StudioRoutes.HTML, pages.plain(page, "Data", "数据", request.language()));
  }

  private static void files(ServedPage page, List<String> names) {
    if (names.isEmpty()) {
      page.raw("<p>");
      page.say(
          "There are no files of rows here. --data names another folder.",
          "这里没有数据文件。可用 --data 指定其他文件夹。");
      page.raw("</p>\n");
      return;
    }
    page.raw("<ul class=\"files\">\n");
    for (String name : names) {
      page.raw("<li>").text(name).raw(" <a href=\"/doctor?file=");
      page.raw(URLEncoder.encode(name, StandardCharsets.UTF_8) + "\">");
      page.say("Examine", "检查").raw("<span class=\"hidden\"> ").text(name);
      page.raw("</span></a></li>\n");
    }
    page.raw("</ul>\n");
  }

  private void projects(ServedPage page, List<LabelProject> labelled) {
    if (labelled.isEmpty()) {
      page.raw("<p>").say("There is none yet.", "还没有。").raw("</p>\n");
      return;
    }
    page.raw("<ul class=\"files\">\n");
    for (LabelProject project : labelled) {
      page.raw("<li>").text(project.name()).raw(" <span class=\"soft\">");
      page.say("decisions: ", "判断数：").text(project.decisions() + ", ");
      page.say("rows: ", "题目数：").text(project.rows() + ", ").text(project.source());
      page.raw("</span> ");
      if (!readOnly) {
        page.raw("<button type=\"button\" data-label-file=\"").text(project.name()).raw("\">");
        page.say("Open", "打开").raw("<span class=\"hidden\"> ").text(project.name());
        page.raw("</span></button>");
      }
      page.raw("</li>\n");
    }
    page.raw("</ul>\n");
  }

  private static void begin(ServedPage page, List<String> names) {
    page.raw("<form id=\"label-form\" class=\"fields\"><div class=\"field\">");
    page.raw("<label for=\"label-rows\">").say("Rows to label", "要标注的数据").raw("</label>");
    page.raw("<select id=\"label-rows\" name=\"rows\">");
    names.forEach(name -> page.raw("<option>").text(name).raw("</option>"));
    page.raw("</select></div>\n<div class=\"field\"><label for=\"label-name\">");
    page.say("Name of the new project", "新项目名称").raw("</label>");
    page.raw("<input id=\"label-name\" name=\"name\" autocomplete=\"off\" required></div>\n");
    page.raw("<div class=\"field\"><label for=\"label-overlap\">");
    page.say("Annotators a row", "每题标注者数").raw("</label><input id=\"label-overlap\"");
    page.raw(" name=\"overlap\" inputmode=\"numeric\" value=\"1\"></div>\n");
    page.raw("<div class=\"field\"><button type=\"submit\">");
    page.say("Begin to label", "开始标注").raw("</button></div></form>\n");
  }

  private Response examine(Request request) {
    String name = request.query().getOrDefault("file", "");
    Optional<Path> file = data.file(name);
    if (file.isEmpty()) {
      String page =
          pages.problem(
              "There is no file of this name in the folder.",
              "该文件夹中没有这个名称的文件。",
              request.language());
      return new Response(NOT_FOUND, StudioRoutes.HTML, page);
    }
    try {
      String page =
          examined(file.get(), request.language())
              .replaceFirst("<body>", "<body>\n<p><a href=\"/data\">dpo4j studio</a></p>");
      return new Response(200, StudioRoutes.HTML, page).with(POLICY);
    } catch (DataException | IOException e) {
      String message = String.valueOf(e.getMessage());
      return new Response(
          FAULTY, StudioRoutes.HTML, pages.problem(message, message, request.language()));
    }
  }

  /** One file at a time: an examination may take all of a core for a while. */
  private synchronized String examined(Path file, String language) throws IOException {
    String key =
        file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file) + " " + language;
    String known = examined.get(key);
    if (known == null) {
      known = DataDoctor.of(PreferenceRows.read(file, "train")).examine().toHtml(language);
      examined.put(key, known);
    }
    return known;
  }

  private Response label(Request request) {
    JsonNode body = StudioActions.body(request);
    String project = body.path("project").asString("");
    try {
      String address =
          project.isEmpty()
              ? projects.begin(
                  rows(body.path("rows").asString("")),
                  data.root(),
                  body.path("name").asString(""),
                  body.path("overlap").asString("1"))
              : projects.open(rows(project), data.root());
      return Response.json(200, JsonMapper.shared().writeValueAsString(Map.of("address", address)));
    } catch (RuntimeException | IOException e) {
      return StudioActions.fault(CONFLICT, String.valueOf(e.getMessage()));
    }
  }

  private Path rows(String name) {
    return data.file(name)
        .orElseThrow(() -> new DataException("There is no file " + name + " in the folder."));
  }
}
