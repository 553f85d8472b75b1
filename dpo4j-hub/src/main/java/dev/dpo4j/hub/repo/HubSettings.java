/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the Hub and its cache are, and who asks: the environment variables of huggingface_hub.
 *
 * @param endpoint address of the Hub, without a slash at its end ({@code HF_ENDPOINT})
 * @param cache root of the cache ({@code HF_HUB_CACHE})
 * @param token who asks, null for nobody ({@code HF_TOKEN}, or the file of {@code hf auth login})
 * @param offline whether no network may be used ({@code HF_HUB_OFFLINE})
 * @param etagTimeout longest wait for an answer about a file ({@code HF_HUB_ETAG_TIMEOUT})
 * @param downloadTimeout longest silence within a transfer ({@code HF_HUB_DOWNLOAD_TIMEOUT})
 * @param symlinks whether snapshots link to blobs ({@code HF_HUB_DISABLE_SYMLINKS})
 * @param implicitToken whether the token is sent for downloads, too ({@code
 *     HF_HUB_DISABLE_IMPLICIT_TOKEN})
 * @param progress whether progress is shown ({@code HF_HUB_DISABLE_PROGRESS_BARS})
 */
public record HubSettings(
    URI endpoint,
    Path cache,
    @Nullable HubToken token,
    boolean offline,
    Duration etagTimeout,
    Duration downloadTimeout,
    boolean symlinks,
    boolean implicitToken,
    boolean progress) {
  private static final String ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");
  private static final Pattern VARIABLE = Pattern.compile("\\$(\\w+)|\\$\\{(\\w+)}");

  /**
   * Reads the environment as huggingface_hub does.
   *
   * @param environment the variables
   * @param home the user's folder
   * @throws HubException if a variable holds no address or number
   */
  public static HubSettings of(Map<String, String> environment, Path home) {
    Environment given = new Environment(environment, home);
    Path hfHome = given.hfHome();
    Path cache =
        given.path("HF_HUB_CACHE", given.path("HUGGINGFACE_HUB_CACHE", hfHome.resolve("hub")));
    return new HubSettings(
        endpoint(environment.getOrDefault("HF_ENDPOINT", "")),
        cache.toAbsolutePath().normalize(),
        given.token(given.tokenFile()),
        given.isTrue(given.has("HF_HUB_OFFLINE") ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE"),
        given.seconds("HF_HUB_ETAG_TIMEOUT"),
        given.seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
        !given.isTrue("HF_HUB_DISABLE_SYMLINKS"),
        !given.isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN"),
        !given.isTrue("HF_HUB_DISABLE_PROGRESS_BARS"));
  }

  /** The file in which a token is kept ({@code HF_TOKEN_PATH}). */
  public static Path tokenFile(Map<String, String> environment, Path home) {
    return new Environment(environment, home).tokenFile();
  }

  /** The same with another token. */
  public HubSettings withToken(HubToken other) {
    return new HubSettings(
        endpoint,
        cache,
        other,
        offline,
        etagTimeout,
        downloadTimeout,
        symlinks,
        implicitToken,
        progress);
  }

  private static URI endpoint(String text) {
    String address = text.isBlank() ? ENDPOINT : text.strip().replaceAll("/+$", "");
    try {
      URI uri = new URI(address);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      boolean web = scheme.equals("https") || scheme.equals("http");
      if (web && uri.getHost() != null && uri.getUserInfo() == null && uri.getQuery() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below, without the text of the exception, which repeats the address.
    }
    throw new HubException(
        HubException.Reason.NAME,
        "HF_ENDPOINT is not the address of a Hub: expected one like " + ENDPOINT);
  }

  /** The environment and the rules of its paths. */
  private record Environment(Map<String, String> variables, Path home) {
    Path hfHome() {
      return path("HF_HOME", path("XDG_CACHE_HOME", home.resolve(".cache")), true);
    }

    Path tokenFile() {
      return path("HF_TOKEN_PATH", hfHome().resolve("token"));
    }

    Path path(String name, Path otherwise) {
      return path(name, otherwise, false);
    }

    /** With a folder of all caches in place of the variable, ours is one below it. */
    Path path(String name, Path otherwise, boolean below) {
      String text = variables.getOrDefault(name, "");
      if (text.isEmpty()) {
        return below ? otherwise.resolve("huggingface") : otherwise;
      }
      String expanded =
          VARIABLE
              .matcher(text)
              .replaceAll(match -> Matcher.quoteReplacement(value(match.group(1), match.group(2))));
      boolean ofHome = expanded.equals("~") || expanded.startsWith("~/");
      return ofHome
          ? home.resolve(expanded.substring(Math.min(2, expanded.length())))
          : Path.of(expanded);
    }

    private String value(@Nullable String plain, @Nullable String braced) {
      String name = plain != null ? plain : String.valueOf(braced);
      return variables.getOrDefault(name, "$" + name);
    }

    boolean has(String name) {
      return !variables.getOrDefault(name, "").isEmpty();
    }

    boolean isTrue(String name) {
      return TRUE.contains(variables.getOrDefault(name, "").toLowerCase(Locale.ROOT));
    }

    Duration seconds(String name) {
      String text = variables.getOrDefault(name, "10");
      if (!text.matches("[1-9][0-9]{0,5}")) {
        throw new HubException(
            HubException.Reason.NAME,
            name + " must be a whole number of seconds from 1 on, but was \"" + text + "\"");
      }
      return Duration.ofSeconds(Long.parseLong(text));
    }

    @Nullable HubToken token(Path file) {
      for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
        String text = variables.getOrDefault(name, "");
        if (!text.isBlank()) {
          return HubToken.of(text, name);
        }
      }
      if (!Files.isRegularFile(file)) {
        return null;
      }
      try {
        String text = SmallFile.readString(file);
        return text.isBlank() ? null : HubToken.of(text, file.toString());
      } catch (IOException e) {
        throw new HubException(
            HubException.Reason.UNAUTHORIZED, "cannot read the token in " + file + ": " + e, e);
      }
    }
  }
}
