/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.JacksonCheck;
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
import org.jspecify.annotations.Nullable;

/** Serves the pages on which the runs of a folder are watched. */
public final class RunStudio implements Closeable {
  private final RunFolders folders;
  private final LiveFeed feed;
  private final StudioServer server;

  private RunStudio(RunFolders folders, LiveFeed feed, StudioServer server) {
    this.folders = folders;
    this.feed = feed;
    this.server = server;
  }

  /**
   * Starts to serve.
   *
   * @param options {@code runs} must be set
   * @param token the token that lets a browser in, or null for a random one
   * @throws ConfigException if the folder is none, or the port cannot be had
   */
  public static RunStudio start(StudioOptions options, @Nullable String token) {
    JacksonCheck.require();
    AccessToken access = token == null ? AccessToken.random() : AccessToken.of(token);
    RunFolders folders = folders(Objects.requireNonNull(options.runs()));
    LiveFeed feed = new LiveFeed(folders);
    StudioPages pages = new StudioPages(folders.root(), options.readOnly());
    List<Route> routes = new ArrayList<>(new StudioRoutes(folders, pages, feed).routes());
    if (!options.readOnly()) {
      routes.addAll(new StudioActions(folders).routes());
    }
    return new RunStudio(folders, feed, StudioServer.start(options.port(), access, routes));
  }

  private static RunFolders folders(String folder) {
    try {
      return new RunFolders(Path.of(folder));
    } catch (IOException | InvalidPathException e) {
      throw new ConfigException(
          new Fault("runs", folder, "is not a folder: expected the folder that holds run folders"));
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
  public void close() {
    feed.close();
    server.close();
  }
}
