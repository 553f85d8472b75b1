/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.http.Call;
import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.http.HubResponse;
import dev.dpo4j.hub.http.RepoApi;
import dev.dpo4j.hub.http.Urls;
import dev.dpo4j.hub.push.CommitLines;
import dev.dpo4j.hub.push.LfsUpload;
import dev.dpo4j.hub.push.UploadCalls;
import dev.dpo4j.hub.push.UploadFile;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.RepoFile;
import dev.dpo4j.hub.repo.RepoType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Uploads to one repository on the Hub, which exists and may be written. */
public final class HubUpload {
  private final HubRequests requests;
  private final HubListener listener;
  private final HubName name;

  private HubUpload(HubRequests requests, HubListener listener, HubName name) {
    this.requests = requests;
    this.listener = listener;
    this.name = name;
  }

  static HubUpload open(
      HubRequests requests, HubListener listener, RepoType type, String id, boolean hidden) {
    HubSettings settings = requests.settings();
    if (settings.offline()) {
      throw new HubException(
          Reason.OFFLINE,
          "nothing is uploaded to "
              + id
              + ": HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) allows no network");
    }
    if (settings.token() == null) {
      throw new HubException(
          Reason.UNAUTHORIZED,
          "an upload to %s needs a token that may write: make one at %s/settings/tokens and set HF_TOKEN (or run dpo4j hub login)"
              .formatted(id, Urls.shown(settings.endpoint())));
    }
    HubName given = new HubName(type, id, HubName.MAIN);
    HubUpload upload = new HubUpload(requests, listener, given);
    if (id.indexOf('/') < 0) {
      given = new HubName(type, HubAccount.ask(requests, listener).name() + "/" + id, HubName.MAIN);
      upload = new HubUpload(requests, listener, given);
    }
    upload.create(hidden);
    return upload;
  }

  /** Returns the repository. */
  public HubName name() {
    return name;
  }

  /** Makes the repository unless it is there. */
  private void create(boolean hidden) {
    int slash = name.id().indexOf('/');
    Map<String, Object> wish = new LinkedHashMap<>();
    wish.put("name", name.id().substring(slash + 1));
    wish.put("organization", name.id().substring(0, slash));
    wish.put("type", name.type().word());
    if (hidden) {
      wish.put("private", true);
    }
    try (HubResponse answer = requests.send(post("api/repos/create", wish), listener)) {
      if (answer.status() != 409) {
        json(answer, "");
      }
    }
    if (hidden && !new RepoApi(requests, listener).isPrivate(name)) {
      throw new HubException(
          Reason.REFUSED,
          "%s was asked to be private, but is public: nothing was uploaded. Make it private on its page, or take another name"
              .formatted(name.id()));
    }
  }

  /**
   * Uploads the files of a folder in one commit; files that the Hub has already are not sent.
   *
   * @param folder the folder
   * @param filter which of its files; hidden ones are never sent
   * @param revision the branch
   * @param message the first line of the commit
   * @return the address of the commit, or of the repository where nothing has changed
   * @throws HubException if something is refused or does not arrive
   */
  public String push(Path folder, FileFilter filter, String revision, String message) {
    HubName target = name.at(revision);
    try {
      List<UploadFile> files = modes(target, files(folder, filter));
      List<UploadFile> changed = files.stream().filter(UploadFile::changed).toList();
      if (changed.isEmpty()) {
        listener.notice(name + " has all files already: there is no new commit");
        return Urls.shown(endpoint(name.type().urlPrefix() + name.id()));
      }
      long bytes = changed.stream().mapToLong(UploadFile::size).sum();
      listener.begins(name.toString(), changed.size(), bytes, 0);
      try {
        List<UploadFile> large = changed.stream().filter(UploadFile::large).toList();
        new LfsUpload(requests, listener, target).send(large);
        return commit(target, changed, message);
      } finally {
        listener.ends();
      }
    } catch (IOException e) {
      throw new HubException(
          Reason.DISK, "cannot read " + folder + ": " + HubRequests.describe(e), e);
    }
  }

  private static List<UploadFile> files(Path folder, FileFilter filter) throws IOException {
    List<UploadFile> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
        String path = folder.relativize(file).toString().replace('\\', '/');
        if (!("/" + path).contains("/.") && filter.accepts(path)) {
          files.add(UploadFile.of(file, RepoFile.checkPath(path)));
        }
      }
    }
    if (files.isEmpty()) {
      throw new HubException(Reason.NAME, folder + " holds no file to upload (" + filter + ")");
    }
    return files;
  }

  /** Asks the Hub how it wants each file. */
  private List<UploadFile> modes(HubName target, List<UploadFile> files) throws IOException {
    List<UploadFile> known = new ArrayList<>();
    for (int at = 0; at < files.size(); at += 100) {
      List<UploadFile> some = files.subList(at, Math.min(files.size(), at + 100));
      List<Map<String, Object>> samples = new ArrayList<>();
      for (UploadFile file : some) {
        samples.add(Map.of("path", file.path(), "sample", file.sample(), "size", file.size()));
      }
      Call call = post(api(target, "preupload"), Map.of("files", samples));
      try (HubResponse answer = requests.send(call, listener)) {
        JsonNode told = json(answer, "branch " + target.revision()).path("files");
        for (UploadFile file : some) {
          known.add(file.told(find(told, file.path(), answer)));
        }
      }
    }
    return known;
  }

  private static JsonNode find(JsonNode files, String path, HubResponse answer) {
    for (JsonNode file : files) {
      if (file.path("path").asString("").equals(path)) {
        return file;
      }
    }
    throw answer.malformed("no word on how to upload " + path, null);
  }

  private String commit(HubName target, List<UploadFile> files, String message) throws IOException {
    Path lines = Files.createTempFile("dpo4j-commit", ".ndjson");
    try {
      CommitLines.write(lines, message, files);
      Call call =
          Call.post(
                  endpoint(api(target, "commit")),
                  UploadCalls.patience(Files.size(lines)),
                  () -> publisher(lines))
              .with("Content-Type", "application/x-ndjson")
              .once();
      try (HubResponse answer = requests.send(call, listener)) {
        JsonNode told = json(answer, "branch " + target.revision());
        files.stream().filter(file -> !file.large()).forEach(file -> done(file));
        return told.path("commitUrl").asString(Urls.shown(answer.uri()));
      }
    } finally {
      Files.deleteIfExists(lines);
    }
  }

  private void done(UploadFile file) {
    listener.advances(file.size());
    listener.fileDone(file.path());
  }

  private static java.net.http.HttpRequest.BodyPublisher publisher(Path file) {
    try {
      return BodyPublishers.ofFile(file);
    } catch (IOException e) {
      throw new HubException(Reason.DISK, file + " is gone", e);
    }
  }

  private Call post(String path, Object body) {
    byte[] json = UploadCalls.JSON.writeValueAsBytes(body);
    Duration patience = UploadCalls.patience(json.length);
    return Call.post(endpoint(path), patience, () -> BodyPublishers.ofByteArray(json))
        .with("Content-Type", "application/json");
  }

  private URI endpoint(String path) {
    return Urls.below(requests.settings().endpoint(), path);
  }

  private static String api(HubName target, String verb) {
    return "api/%s/%s/%s/%s"
        .formatted(target.type().plural(), target.id(), verb, Urls.part(target.revision()));
  }

  private JsonNode json(HubResponse answer, String what) {
    return UploadCalls.json(requests, name, answer, what);
  }
}
