/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import dev.dpo4j.io.ShownText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends single requests to an endpoint and sorts what comes back. */
final class HttpChat {
  /** A reply longer than this is no reply; it must not fill the heap. */
  static final int MAX_BODY = 16 << 20;

  private static final int EXCERPT = 300;

  /** A server that is there takes a connection at once. */
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** Payment required, proxy authentication, gone, upgrade, unavailable by law, not implemented. */
  private static final Set<Integer> FINAL = Set.of(402, 407, 410, 426, 451, 501, 505);

  /** What servers say with other codes when no money or right is left. */
  private static final Pattern SPENT =
      Pattern.compile(
          "insufficient_quota|billing_hard_limit|billing_not_active|account_deactivated"
              + "|credit balance is too low|exceeded your current quota|model_not_found");

  private final Endpoint endpoint;
  private final HttpClient client;

  HttpChat(Endpoint endpoint) {
    this.endpoint = endpoint;
    // A redirect could carry the key to another host. Servers that do not know HTTP/2 lose the body
    // of a request that offers to switch to it.
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(
                endpoint.timeout().compareTo(CONNECT) < 0 ? endpoint.timeout() : CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  /** Sends a request and waits for the whole response, at most the endpoint's timeout. */
  HttpOutcome send(ChatRequest request) throws InterruptedException {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(endpoint.chatCompletions())
            .timeout(endpoint.timeout())
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(request.body()));
    if (endpoint.apiKey() != null) {
      builder.header("Authorization", "Bearer " + endpoint.apiKey());
    }
    CompletableFuture<HttpResponse<String>> pending =
        client.sendAsync(builder.build(), info -> new LimitedBody());
    try {
      // The client's own timeout ends with the headers.
      return sort(pending.get(endpoint.timeout().toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      pending.cancel(true);
      return new HttpOutcome.Transient(
          "no complete response within " + endpoint.timeout().toSeconds() + " s", null);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException) {
        return new HttpOutcome.Unreachable("nobody takes connections at " + endpoint.baseUrl());
      }
      if (cause instanceof IOException) {
        String text = cause.getMessage() == null ? "" : ": " + cause.getMessage();
        return new HttpOutcome.Transient(cause.getClass().getSimpleName() + text, null);
      }
      throw new IllegalStateException(cause);
    } catch (InterruptedException e) {
      pending.cancel(true);
      throw e;
    }
  }

  private HttpOutcome sort(HttpResponse<String> response) {
    int status = response.statusCode();
    String why = "status " + status + excerpt(response.body());
    if (status == 200) {
      return new HttpOutcome.Paid(response.body());
    } else if (isFinal(status, response.body())) {
      return new HttpOutcome.Fatal(
          "%s: %s; this endpoint will answer no other request either, so nothing more is sent"
              .formatted(endpoint.chatCompletions(), why));
    } else if (status == 408 || status == 409 || status == 425 || status == 429 || status >= 500) {
      return new HttpOutcome.Transient(why, retryAfter(response));
    } else if (status == 401 || status == 403) {
      String key =
          endpoint.apiKey() == null
              ? "no key was sent: set the variable that api_key_env names"
              : "the key was not accepted: check the variable that api_key_env names";
      return new HttpOutcome.Fatal(endpoint.chatCompletions() + ": " + why + "; " + key);
    } else if (status == 404 || status == 405 || status < 400) {
      return new HttpOutcome.Fatal(
          endpoint.chatCompletions() + ": " + why + "; check base_url and the name of the model");
    }
    return new HttpOutcome.Refused(why);
  }

  /** Whether a refusal is of the account or the endpoint, and not of this one request. */
  private static boolean isFinal(int status, String body) {
    boolean limit = status == 429 || status == 400 || status == 403;
    return FINAL.contains(status) || (limit && SPENT.matcher(body).find());
  }

  /** The beginning of a body for a message. */
  private String excerpt(String body) {
    // No more than the beginning is looked at: a body can have megabytes.
    String text = shown(body.substring(0, Math.min(body.length(), 20 * EXCERPT)));
    if (text.isEmpty()) {
      return "";
    }
    return ": " + (text.length() > EXCERPT ? text.substring(0, EXCERPT) + "..." : text);
  }

  /**
   * A text of the server as it may be shown: the key it may repeat and what moves the cursor go.
   */
  String shown(String text) {
    return ShownText.line(ShownText.hide(text, endpoint.apiKey()));
  }

  /** Seconds or a date; what is neither is not there. */
  private static @Nullable Duration retryAfter(HttpResponse<?> response) {
    String text = response.headers().firstValue("Retry-After").orElse("").strip();
    if (text.matches("[0-9]{1,6}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      DateTimeFormatter format = DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT);
      Duration wait = Duration.between(Instant.now(), ZonedDateTime.parse(text, format));
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /** Collects a body of bounded size as UTF-8. */
  private static final class LimitedBody implements HttpResponse.BodySubscriber<String> {
    private final CompletableFuture<String> result = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;

    @Override
    public CompletionStage<String> getBody() {
      return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        byte[] part = new byte[buffer.remaining()];
        buffer.get(part);
        bytes.writeBytes(part);
      }
      if (bytes.size() > MAX_BODY && subscription != null) {
        subscription.cancel();
        result.completeExceptionally(
            new IOException("the response is longer than " + (MAX_BODY >> 20) + " MiB"));
      }
    }

    @Override
    public void onError(Throwable failure) {
      result.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      result.complete(bytes.toString(StandardCharsets.UTF_8));
    }
  }
}
