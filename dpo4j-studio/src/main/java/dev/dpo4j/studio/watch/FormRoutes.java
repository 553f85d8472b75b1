/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.config.value.Fault;
import dev.dpo4j.report.ServedPage;
import dev.dpo4j.studio.launch.Launches;
import dev.dpo4j.studio.launch.RunDraft;
import dev.dpo4j.studio.launch.RunForm;
import dev.dpo4j.studio.launch.RunMethod;
import dev.dpo4j.web.Request;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The form that starts a run, and what becomes of it. */
final class FormRoutes {
  private static final Logger log = LoggerFactory.getLogger(FormRoutes.class);
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");
  private static final int FAULTY = 422;
  private static final int CONFLICT = 409;
  private static final int FULL_DISK = 507;

  private final Path root;
  private final List<RunMethod> methods;
  private final Launches launches;
  private final StudioPages pages;
  private final String program;

  /**
   * The form of a studio.
   *
   * @param root the folder of the runs as its user has named it
   */
  FormRoutes(Path root, StudioSetup setup, Launches launches, StudioPages pages) {
    this.root = root;
    this.methods = setup.methods();
    this.launches = launches;
    this.pages = pages;
    this.program = setup.name();
  }

  List<Route> routes() {
    return List.of(
        Route.get("/new", this::form),
        Route.post("/api/draft", request -> drafted(request, false)),
        Route.post("/api/start", request -> drafted(request, true)));
  }

  private RunMethod method(String name) {
    Optional<RunMethod> found =
        methods.stream().filter(method -> method.command().equals(name)).findFirst();
    return found.orElse(methods.get(0));
  }

  private Response form(Request request) {
    RunMethod method = method(request.query().getOrDefault("method", ""));
    ServedPage page = new ServedPage(request.language());
    page.raw("<p>").say("Method: ", "方法：");
    for (RunMethod one : methods) {
      boolean chosen = one.command().equals(method.command());
      page.raw("<a class=\"method\" href=\"/new?method=" + one.command() + "\"");
      page.raw(chosen ? " aria-current=\"page\">" : ">").text(one.command()).raw("</a> ");
    }
    page.raw("</p>\n<form id=\"form\" data-method=\"" + method.command() + "\" novalidate>\n");
    page.raw("<p class=\"soft\">");
    page.say(
        "An empty field has its default. Paths are relative to the folder in which the studio was started.",
        "空白字段使用默认值。路径相对于启动工作台的文件夹。");
    page.raw("</p>\n");
    RunForm.write(page, method);
    page.raw("<p class=\"fault\" id=\"form-fault\" role=\"alert\"></p>\n<p class=\"buttons\">");
    page.raw("<button type=\"button\" id=\"check\">").say("Check", "检查").raw("</button>");
    if (launches.isPossible()) {
      page.raw("<button type=\"submit\" class=\"strong\" id=\"start\">");
      page.say("Start the run", "开始运行").raw("</button>");
    }
    page.raw("</p>\n</form>\n<section id=\"draft\" hidden aria-labelledby=\"draft-title\">");
    page.raw("<h2 id=\"draft-title\">").say("The configuration", "配置").raw("</h2>\n");
    page.raw("<pre id=\"draft-yaml\" tabindex=\"0\"></pre>\n<h2>");
    page.say("The same as a command", "等价的命令").raw("</h2>\n");
    page.raw("<pre id=\"draft-command\" tabindex=\"0\"></pre>\n");
    page.raw("<p><button type=\"button\" data-copy=\"draft-yaml\">");
    page.say("Copy the configuration", "复制配置").raw("</button> ");
    page.raw("<button type=\"button\" data-copy=\"draft-command\">");
    page.say("Copy the command", "复制命令").raw("</button></p>\n</section>\n");
    return new Response(
        200, StudioRoutes.HTML, pages.plain(page, "New run", "新建运行", request.language()));
  }

  private Response drafted(Request request, boolean starts) {
    JsonNode body = StudioActions.body(request);
    Map<String, String> values = new LinkedHashMap<>();
    body.path("values")
        .properties()
        .forEach(field -> values.put(field.getKey(), field.getValue().asString("")));
    RunMethod method = method(body.path("method").asString(""));
    RunDraft draft = RunDraft.of(method, root, body.path("name").asString(""), values);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("faults", draft.faults().stream().map(FormRoutes::fault).toList());
    if (!draft.faults().isEmpty()) {
      return json(FAULTY, answer);
    }
    answer.put("yaml", draft.yaml());
    answer.put(
        "command",
        Stream.concat(Stream.of(program), draft.arguments().stream())
            .map(FormRoutes::quote)
            .collect(Collectors.joining(" ")));
    return starts ? start(draft, answer) : json(200, answer);
  }

  private Response start(RunDraft draft, Map<String, Object> answer) {
    try {
      launches.start(draft);
      answer.put("address", StudioPages.address("/run", draft.name()));
      return json(200, answer);
    } catch (FileAlreadyExistsException e) {
      Fault taken = new Fault("output_dir", "", "is taken: choose another name");
      return json(CONFLICT, Map.of("faults", List.of(fault(taken))));
    } catch (IOException e) {
      log.error("{} cannot be started", draft.name(), e);
      return StudioActions.fault(FULL_DISK, "The run cannot be started: " + e.getMessage());
    }
  }

  private static Map<String, Object> fault(Fault fault) {
    return Map.of("key", fault.key(), "message", fault.message());
  }

  private static Response json(int status, Map<String, Object> answer) {
    return Response.json(status, JsonMapper.shared().writeValueAsString(answer));
  }

  private static String quote(String argument) {
    return PLAIN.matcher(argument).matches()
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }

  /** Keeps what belongs to a start together for pages. */
  static List<Launches.Launch> unseen(Launches launches, RunFolders folders) {
    List<Launches.Launch> unseen = new ArrayList<>();
    for (Launches.Launch launch : launches.list()) {
      if (folders.line(launch.name()).isEmpty()) {
        unseen.add(launch);
      }
    }
    return unseen;
  }
}
