/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.http.Pause;
import dev.dpo4j.hub.http.Urls;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.HubToken;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a token where Python's tools look for it, so that one login is enough for both.
 *
 * <p>The token in use is the file of {@code HF_TOKEN_PATH}, and {@code stored_tokens} beside it
 * lists the known ones by their names. Both can be read by their owner alone.
 */
public final class HubLogin {
  private static final String KEY = "hf_token";
  private static final int LONGEST_TOKEN = 500;

  private final HubSettings settings;
  private final Path file;

  /**
   * A login for a user.
   *
   * @param environment the variables that huggingface_hub reads
   * @param home the user's folder
   */
  public HubLogin(Map<String, String> environment, Path home) {
    this.settings = HubSettings.of(environment, home);
    this.file = HubSettings.tokenFile(environment, home);
  }

  /** The file of the token in use. */
  public Path file() {
    return file;
  }

  /** The address where tokens are made. */
  public String page() {
    return Urls.shown(settings.endpoint()) + "/settings/tokens";
  }

  /**
   * Asks whose token is in use.
   *
   * @return null if there is none
   * @throws HubException if the Hub does not accept it, or cannot be asked
   */
  public @Nullable HubAccount account(HubListener listener) {
    return settings.token() == null
        ? null
        : HubAccount.ask(new HubRequests(settings, Pause.REAL), listener);
  }

  /**
   * Checks a token and keeps it.
   *
   * @throws HubException if the Hub does not accept it, or it cannot be kept
   */
  public HubAccount login(String token, HubListener listener) {
    HubSettings with = settings.withToken(HubToken.of(token, "the input"));
    HubAccount account = HubAccount.ask(new HubRequests(with, Pause.REAL), listener);
    tokenInFile();
    Map<String, String> stored = stored();
    stored.put(account.tokenName().isEmpty() ? account.name() : account.tokenName(), token.strip());
    write(storedFile(), text(stored));
    write(file, token.strip());
    return account;
  }

  /** Returns the token in use. HF_TOKEN_PATH may name anything; what is no token stays. */
  private Optional<String> tokenInFile() {
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      String token = SmallFile.readString(file).strip();
      if (!token.matches("\\S{0," + LONGEST_TOKEN + "}")) {
        throw new HubException(
            HubException.Reason.DISK,
            file + " holds something other than a token and was not changed: check HF_TOKEN_PATH");
      }
      return Optional.of(token);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  /**
   * Forgets the token in use.
   *
   * @return whether there was one
   */
  public boolean logout() {
    Optional<String> token = tokenInFile();
    if (token.isEmpty()) {
      return false;
    }
    try {
      Map<String, String> stored = stored();
      if (stored.values().removeIf(token.get()::equals)) {
        if (stored.isEmpty()) {
          Files.deleteIfExists(storedFile());
        } else {
          write(storedFile(), text(stored));
        }
      }
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  private Path storedFile() {
    return file.resolveSibling("stored_tokens");
  }

  /** The tokens by name; lines that are none of ours are not kept by Python's tools either. */
  private Map<String, String> stored() {
    Map<String, String> tokens = new LinkedHashMap<>();
    if (!Files.exists(storedFile())) {
      return tokens;
    }
    List<String> lines = new ArrayList<>();
    try {
      lines.addAll(Files.readAllLines(storedFile()));
    } catch (IOException e) {
      throw failure(storedFile(), e);
    }
    String name = "";
    for (String line : lines) {
      String text = line.strip();
      int equals = text.indexOf('=');
      if (text.startsWith("[") && text.endsWith("]")) {
        name = text.substring(1, text.length() - 1);
      } else if (equals > 0 && text.substring(0, equals).strip().equals(KEY) && !name.isEmpty()) {
        tokens.put(name, text.substring(equals + 1).strip());
      }
    }
    return tokens;
  }

  private static String text(Map<String, String> tokens) {
    StringBuilder text = new StringBuilder();
    tokens.forEach(
        (name, token) ->
            text.append('[')
                .append(name.replaceAll("[\\[\\]\\p{Cntrl}]", "_"))
                .append("]\n" + KEY + " = ")
                .append(token)
                .append("\n\n"));
    return text.toString();
  }

  /** Writes a file that nobody but its owner can read, at no moment. */
  private static void write(Path target, String text) {
    try {
      Path folder = AtomicFile.folder(target);
      Files.createDirectories(folder);
      // The JDK makes temporary files for their owner alone.
      Path aside = Files.createTempFile(folder, "token", ".tmp");
      try {
        Files.write(aside, text.getBytes(StandardCharsets.UTF_8));
        ownersOnly(aside);
        Files.move(
            aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(aside);
      }
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  private static void ownersOnly(Path target) throws IOException {
    try {
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
    } catch (UnsupportedOperationException e) {
      // A file system without such permissions.
    }
  }

  private static HubException failure(Path target, IOException e) {
    return new HubException(
        HubException.Reason.DISK,
        "the token cannot be kept in %s: %s".formatted(target, HubRequests.describe(e)),
        e);
  }
}
