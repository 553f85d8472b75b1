/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.JacksonCheck;
import dev.dpo4j.studio.label.LabelProjects;
import dev.dpo4j.studio.launch.Launches;
import dev.dpo4j.studio.server.AccessToken;
import dev.dpo4j.studio.server.StudioServer;
import dev.dpo4j.web.Route;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Serves the pages on which the runs of a folder are watched. */
public final class RunStudio implements Closeable {
  private final RunFolders folders;
  private final LiveFeed feed;
  private final LabelProjects projects;
  private final StudioServer server;

  private RunStudio(
      RunFolders folders, LiveFeed feed, LabelProjects projects, StudioServer server) {
    this.folders = folders;
    this.feed = feed;
    this.projects = projects;
    this.server = server;
  }

  /**
   * Starts to serve.
   *
   * @param options {@code runs} must be set
   * @throws ConfigException if a folder is none, or the port cannot be had
   */
  public static RunStudio start(StudioOptions options, StudioSetup setup) {
    JacksonCheck.require();
    String token = setup.token();
    AccessToken access = token == null ? AccessToken.random() : AccessToken.of(token);
    RunFolders folders = folders(Objects.requireNonNull(options.runs()));
    Path shown = Path.of(Objects.requireNonNull(options.runs()));
    Launches launches = new Launches(folders.root(), setup.program());
    LiveFeed feed = new LiveFeed(folders, launches);
    boolean readOnly = options.readOnly();
    StudioPages pages = new StudioPages(shown, readOnly);
    List<Route> routes = new ArrayList<>(new StudioRoutes(folders, launches, pages, feed).routes());
    LabelProjects projects = new LabelProjects();
    routes.addAll(new DataRoutes(data(options, folders), projects, pages, readOnly).routes());
    if (!readOnly) {
      routes.addAll(new StudioActions(folders).routes());
      routes.addAll(new FormRoutes(shown, setup, launches, pages).routes());
    }
    StudioServer server = StudioServer.start(options.port(), access, routes);
    return new RunStudio(folders, feed, projects, server);
  }

  private static RunFolders folders(String folder) {
    try {
      return new RunFolders(Path.of(folder));
    } catch (IOException | InvalidPathException e) {
      throw new ConfigException(
          new Fault("runs", folder, "is not a folder: expected the folder that holds run folders"));
    }
  }

  private static DataFolder data(StudioOptions options, RunFolders folders) {
    String given = options.data();
    try {
      return new DataFolder(given == null ? folders.root() : Path.of(given));
    } catch (IOException | InvalidPathException e) {
      throw new ConfigException(
          new Fault("data", String.valueOf(given), "is not a folder: expected one with data"));
    }
  }

  /** Returns the address that lets a browser in. */
  public URI address() {
    return server.address();
  }

  /** Returns the number of runs. */
  public int runs() {
    return folders.list().size();
  }

  @Override
  public void close() throws IOException {
    feed.close();
    server.close();
    projects.close();
  }
}
