/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.HubToken;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests: redirects are followed by hand, so that the token goes to the Hub's own origin
 * and nowhere else, and what fails for a while is tried again.
 */
public final class HubRequests {
  private static final int HOPS = 10;
  private static final Set<Integer> PASSING = Set.of(429, 500, 502, 503, 504);
  private static final long LONGEST_WAIT = 300;

  private final HubSettings settings;
  private final Pause pause;
  private final HttpClient client;

  public HubRequests(HubSettings settings, Pause pause) {
    this.settings = settings;
    this.pause = pause;
    // One connection for each transfer: HTTP/2 would send all of them through one.
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(settings.etagTimeout())
            .proxy(EnvironmentProxy.orSystem())
            .build();
  }

  public HubSettings settings() {
    return settings;
  }

  public Pause pause() {
    return pause;
  }

  /**
   * Sends a request until the server has an answer other than "later".
   *
   * @return the answer, which may be an error; the caller closes it
   * @throws HubException if nobody answers
   */
  public HubResponse send(Call call, HubListener listener) {
    for (int attempt = 1; ; attempt++) {
      @Nullable HubResponse answer = null;
      @Nullable IOException failure = null;
      try {
        answer = follow(call);
      } catch (IOException e) {
        failure = e;
      } catch (InterruptedException e) {
        throw Pause.interrupted(e);
      }
      if (answer != null && !PASSING.contains(answer.status())) {
        return answer;
      }
      long asked = answer == null ? -1 : answer.retryAfter();
      if (attempt >= tries(call, failure) || asked > LONGEST_WAIT) {
        if (answer != null) {
          return answer;
        }
        throw unreachable(call, failure);
      }
      Duration wait = asked < 0 ? Pause.backoff(attempt) : Duration.ofSeconds(asked);
      listener.notice(
          "%s: trying again in %d s"
              .formatted(reason(call, answer, failure), Math.max(1, wait.toSeconds())));
      if (answer != null) {
        answer.close();
      }
      pause.take(wait);
    }
  }

  private String hidden(String text) {
    HubToken token = settings.token();
    return token == null ? text : token.hide(text);
  }

  private String reason(Call call, @Nullable HubResponse answer, @Nullable IOException failure) {
    return answer != null
        ? hidden(Urls.shown(answer.uri())) + " answered " + answer.status()
        : Urls.shown(call.uri()) + " did not answer (" + describe(failure) + ")";
  }

  /** A host that is not there will not be there in a second either. */
  private static int tries(Call call, @Nullable IOException failure) {
    return absent(failure) ? Math.min(2, call.tries()) : call.tries();
  }

  private static boolean absent(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof UnknownHostException
          || cause instanceof UnresolvedAddressException
          || cause instanceof HttpConnectTimeoutException) {
        return true;
      }
    }
    return false;
  }

  public static String describe(@Nullable Throwable failure) {
    if (failure == null) {
      return "no answer";
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
        return "its name cannot be resolved";
      }
    }
    if (failure instanceof ConnectException && failure.getMessage() == null) {
      return "nobody takes the connection";
    }
    String text = failure.getMessage();
    String name = failure.getClass().getSimpleName();
    return text == null || text.isBlank() ? name : name + ": " + text;
  }

  private static HubException unreachable(Call call, @Nullable IOException failure) {
    return new HubException(
        HubException.Reason.NETWORK,
        "%s could not be reached: %s. Check the network, the proxy and HF_ENDPOINT"
            .formatted(Urls.shown(call.uri()), describe(failure)),
        failure);
  }

  private HubResponse follow(Call call) throws IOException, InterruptedException {
    URI uri = call.uri();
    for (int hop = 0; hop < HOPS; hop++) {
      HttpResponse<InputStream> response =
          client.send(request(call, uri), HttpResponse.BodyHandlers.ofInputStream());
      HubResponse answer = new HubResponse(response, settings.token(), call.timeout());
      if (!answer.redirects()) {
        return answer;
      }
      URI next = target(answer);
      boolean away = !Urls.sameOrigin(next, settings.endpoint());
      if (away && !call.goesAway()) {
        return answer;
      }
      answer.close();
      uri = next;
    }
    throw new HubException(
        HubException.Reason.CORRUPT,
        "%s was redirected %d times".formatted(Urls.shown(call.uri()), HOPS));
  }

  /** Where a redirect leads; not from an encrypted connection to a plain one. */
  private static URI target(HubResponse answer) {
    URI from = answer.uri();
    @Nullable URI next = null;
    String location = String.valueOf(answer.header("Location")).strip();
    try {
      next = location.isEmpty() ? null : from.resolve(location);
    } catch (IllegalArgumentException e) {
      // Refused below.
    }
    String scheme = next == null ? "" : Urls.scheme(next);
    boolean safe =
        scheme.equals("https") || (scheme.equals("http") && Urls.scheme(from).equals("http"));
    if (next == null || next.getHost() == null || !safe) {
      answer.close();
      throw new HubException(
          HubException.Reason.CORRUPT,
          Urls.shown(from) + " redirects to an address that is not followed");
    }
    return next;
  }

  private HttpRequest request(Call call, URI uri) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(call.timeout())
            .method(call.method(), call.body().get())
            .header("User-Agent", "dpo4j");
    call.headers().forEach(request::header);
    HubToken token = settings.token();
    if (token != null && call.authorized() && Urls.sameOrigin(uri, settings.endpoint())) {
      request.header("Authorization", token.header());
    }
    return request.build();
  }
}
