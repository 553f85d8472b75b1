/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.RepoType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/** A client of a fake Hub, which notes its waits instead of waiting. */
final class TestClient {
  static final String ID = "org/tiny";

  final List<Duration> waits = new CopyOnWriteArrayList<>();
  final List<String> notices = new CopyOnWriteArrayList<>();
  final HubListener listener =
      new HubListener() {
        @Override
        public void notice(String text) {
          notices.add(text);
        }
      };
  final HubSettings settings;
  final HubClient client;

  TestClient(FakeHub hub, Path cache, Map<String, String> more) {
    Map<String, String> environment = new java.util.HashMap<>(more);
    environment.put("HF_ENDPOINT", hub.address());
    environment.put("HF_HUB_CACHE", cache.toString());
    environment.putIfAbsent("HF_HUB_DOWNLOAD_TIMEOUT", "5");
    this.settings = HubSettings.of(environment, cache.resolve("home"));
    this.client = new HubClient(settings, waits::add);
  }

  static TestClient of(FakeRepos repos, Path cache) {
    return new TestClient(repos.hub(), cache, Map.of());
  }

  static HubName name() {
    return HubName.parse(RepoType.MODEL, ID);
  }

  Path snapshot() {
    return client.snapshot(name(), FileFilter.ALL, listener);
  }

  /** Small files and a large one, with folders and a name that must be encoded. */
  static Map<String, byte[]> files(long seed) {
    return Map.of(
        "config.json", bytes("{\"seed\": " + seed + "}"),
        "README.md", bytes("# tiny " + seed),
        "empty.txt", new byte[0],
        "sub/folder/a b+c%.txt", bytes("in a folder"),
        "model.safetensors", random(seed, 300_000));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
