/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Pages, scripts and styles, read from the class path once at the start: no request ever names a
 * file.
 *
 * <p>A page holds {@code {{lang}}} where the language belongs.
 */
public final class WebAssets {
  private static final String FOLDER = "/dev/dpo4j/studio/web/";
  private static final String LANGUAGE = "{{lang}}";

  private final List<Route> routes = new ArrayList<>();

  /** Serves a page under a path, in the language that the browser prefers. */
  public WebAssets page(String path, String file) {
    String html = read(file);
    routes.add(
        Route.get(
            path,
            request ->
                new Response(
                    200, "text/html; charset=utf-8", html.replace(LANGUAGE, request.language()))));
    return this;
  }

  /** Serves scripts and styles, each under {@code /web/} and its name. */
  public WebAssets files(String... files) {
    for (String file : files) {
      Response reply = new Response(200, type(file), read(file));
      routes.add(Route.get("/web/" + file, request -> reply));
    }
    return this;
  }

  /** Serves a text that stands elsewhere, under {@code /web/} and a name. */
  public WebAssets text(String name, String content) {
    Response reply = new Response(200, type(name), content);
    routes.add(Route.get("/web/" + name, request -> reply));
    return this;
  }

  /** Returns a route for each file. */
  public List<Route> routes() {
    return List.copyOf(routes);
  }

  private static String type(String file) {
    String ending = file.substring(file.lastIndexOf('.') + 1);
    return switch (ending) {
      case "js" -> "text/javascript; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> throw new IllegalArgumentException("no type is known for " + file);
    };
  }

  private static String read(String file) {
    try (InputStream in = WebAssets.class.getResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new IllegalStateException(FOLDER + file + " is missing on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
