/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.JacksonCheck;
import dev.dpo4j.io.SmallFile;
import dev.dpo4j.studio.markdown.MarkdownHtml;
import dev.dpo4j.studio.server.StudioServer;
import dev.dpo4j.studio.server.WebAssets;
import dev.dpo4j.web.Route;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Serves the page on which people compare answers, and keeps what they say. */
public final class LabelServer implements Closeable {
  private final LabelSession session;
  private final DecisionLog log;
  private final StudioServer server;

  private LabelServer(LabelSession session, DecisionLog log, StudioServer server) {
    this.session = session;
    this.log = log;
    this.server = server;
  }

  /**
   * Reads the rows, opens the file of decisions and starts to serve.
   *
   * @param options {@code dataset_name} and {@code output} must be set
   * @throws DataException if rows or decisions cannot be used, or do not belong together
   * @throws ConfigException if the port or the file is taken
   * @throws IOException if the file of decisions cannot be written
   */
  public static LabelServer start(LabelOptions options) throws IOException {
    JacksonCheck.require();
    Path source = Path.of(Objects.requireNonNull(options.datasetName()));
    List<LabelRow> rows = LabelRow.read(source);
    String goldFile = options.gold();
    List<LabelRow> golds = goldFile == null ? List.of() : LabelRow.readGold(Path.of(goldFile));
    String guidelines = guidelines(options);
    Clock clock = Clock.systemUTC();
    DecisionLog log = DecisionLog.open(Path.of(Objects.requireNonNull(options.output())));
    try {
      LabelSession session = new LabelSession(rows, golds, options, log, clock, System::nanoTime);
      StudioServer server =
          StudioServer.start(options.port(), routes(session, options, guidelines));
      log.append(
          new LogEntry.Start(
              clock.instant(),
              source.toString(),
              rows.size(),
              golds.size(),
              options.seed(),
              options.overlap()));
      return new LabelServer(session, log, server);
    } catch (IOException | RuntimeException e) {
      log.close();
      throw e;
    }
  }

  private static String guidelines(LabelOptions options) throws IOException {
    String file = options.guidelines();
    if (file == null) {
      return "";
    }
    try {
      return MarkdownHtml.render(SmallFile.readString(Path.of(file)));
    } catch (IOException e) {
      throw new ConfigException(
          new Fault(
              "guidelines",
              "--guidelines",
              file + " cannot be read: expected a text file of Markdown, in UTF-8"));
    }
  }

  private static List<Route> routes(LabelSession session, LabelOptions options, String guidelines) {
    List<Route> routes = new ArrayList<>(new LabelApi(session, options, guidelines).routes());
    WebAssets assets =
        new WebAssets()
            .page("/", "label.html")
            .page("/summary", "summary.html")
            .files(
                "studio.css",
                "label.css",
                "label.js",
                "summary.js",
                "page.js",
                "requests.js",
                "team.js",
                "timer.js",
                "strings.js",
                "icon.svg");
    routes.addAll(assets.routes());
    return routes;
  }

  /** Returns the address that lets a browser in. */
  public URI address() {
    return server.address();
  }

  /** Returns the number of rows, gold questions not among them. */
  public int rows() {
    return session.rows();
  }

  /** Returns how many rows have been judged by as many people as asked for. */
  public int finishedRows() {
    return session.finishedRows();
  }

  @Override
  public void close() throws IOException {
    server.close();
    log.close();
  }
}
