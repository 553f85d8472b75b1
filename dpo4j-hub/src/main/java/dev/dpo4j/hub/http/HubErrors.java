/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.RepoType;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Says what an error of the Hub means and what to do about it. */
public final class HubErrors {
  private final HubSettings settings;
  private final HubName name;

  public HubErrors(HubSettings settings, HubName name) {
    this.settings = settings;
    this.name = name;
  }

  /**
   * Turns an answer that is no success into an exception, and closes it.
   *
   * @param what the file, or another thing that was asked for; empty for the repository
   */
  public HubException of(HubResponse answer, String what) {
    try (answer) {
      String code = String.valueOf(answer.header("X-Error-Code"));
      String message = answer.message();
      return switch (code) {
        case "GatedRepo" -> gated(message);
        case "RepoNotFound" -> notFound(message);
        case "RevisionNotFound" ->
            failure(Reason.NOT_FOUND, id() + " has no revision " + name.revision());
        case "EntryNotFound" -> failure(Reason.NOT_FOUND, name + " has no file " + what);
        default -> byStatus(answer, message, what);
      };
    }
  }

  private HubException byStatus(HubResponse answer, String message, String what) {
    int status = answer.status();
    if (message.contains("Access to this resource is disabled")) {
      return failure(Reason.FORBIDDEN, "the Hub has disabled " + id());
    }
    if (status == 401) {
      // The Hub does not tell a missing repository from one that is hidden.
      return message.contains("nvalid credentials") || !download(answer)
          ? unauthorized(message)
          : notFound(message);
    }
    if (status == 403) {
      return forbidden(message);
    }
    if (status == 404) {
      return what.isEmpty()
          ? notFound(message)
          : failure(Reason.NOT_FOUND, name + " has no " + what);
    }
    String told = message.isEmpty() ? "" : ": " + message;
    String place = Urls.shown(answer.uri());
    if (status == 429) {
      long seconds = answer.retryAfter();
      String when = seconds < 0 ? "later" : "in " + seconds + " seconds";
      return failure(
          Reason.NETWORK,
          "%s takes no more requests for now%s. Try again %s".formatted(place, told, when)
              + known());
    }
    if (status >= 500) {
      return failure(
          Reason.NETWORK,
          "%s failed with status %d%s. Try again later".formatted(place, status, told));
    }
    if (status >= 300 && status < 400) {
      return failure(
          Reason.REFUSED,
          "%s answers with a redirect to another host, which is not followed here"
              .formatted(place));
    }
    return failure(
        Reason.REFUSED, "%s refused the request with status %d%s".formatted(place, status, told));
  }

  private static boolean download(HubResponse answer) {
    return answer.method().equals("GET") || answer.method().equals("HEAD");
  }

  private String known() {
    return settings.token() == null ? "; with a token (HF_TOKEN) more requests are allowed" : "";
  }

  private HubException gated(String message) {
    String advice =
        settings.token() == null
            ? "log in at %s, accept its conditions, and set HF_TOKEN to a token of that account (or run dpo4j hub login)"
            : "the account of the given token has not been let in: accept the conditions at %s, or wait until its owner has agreed";
    return failure(
        Reason.GATED,
        "%s is gated%s: ".formatted(id(), quoted(message)) + advice.formatted(page()));
  }

  private HubException notFound(String message) {
    String advice =
        settings.token() == null
            ? "Check the spelling; if it is private, set HF_TOKEN (or run dpo4j hub login)"
            : "Check the spelling, and whether the account of the given token may see it";
    String type =
        name.type() == RepoType.MODEL ? "" : " (a " + name.type().word() + " was looked for)";
    return failure(
        Reason.NOT_FOUND,
        "there is no %s on the Hub%s, or it is hidden%s. %s"
            .formatted(id(), type, quoted(message), advice));
  }

  private HubException unauthorized(String message) {
    return failure(
        Reason.UNAUTHORIZED,
        settings.token() == null
            ? "the Hub wants a token for %s%s: set HF_TOKEN (or run dpo4j hub login)"
                .formatted(id(), quoted(message))
            : "the Hub does not accept the given token%s: it may be wrong, expired or revoked. Make another at %s/settings/tokens and set HF_TOKEN"
                .formatted(quoted(message), Urls.shown(settings.endpoint())));
  }

  private HubException forbidden(String message) {
    return failure(
        Reason.FORBIDDEN,
        settings.token() == null
            ? "the Hub forbids access to %s%s: set HF_TOKEN to a token that may"
                .formatted(id(), quoted(message))
            : "the given token may not do this with %s%s: give it the permission at %s/settings/tokens, or take another"
                .formatted(id(), quoted(message), Urls.shown(settings.endpoint())));
  }

  private static String quoted(@Nullable String message) {
    return message == null || message.isEmpty() ? "" : " (\"" + message + "\")";
  }

  private String id() {
    return name.id();
  }

  private String page() {
    URI page = Urls.below(settings.endpoint(), name.type().urlPrefix() + name.id());
    return Urls.shown(page);
  }

  private static HubException failure(Reason reason, String text) {
    return new HubException(reason, text);
  }
}
