/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the environment says about MLflow, by the names that MLflow and transformers use.
 *
 * @param server the tracking server, without user, password and a slash at the end; empty where
 *     none is named
 * @param authorization the header that proves who sends, or null
 * @param experiment the name of the experiment, or null
 * @param experimentId the id of the experiment, or null
 * @param runId the run to send to, or null to begin one
 * @param tags further tags
 * @param mostParams parameters that are sent at most
 * @param fault what is wrong and what to do, or null
 */
record MlflowSettings(
    String server,
    @Nullable String authorization,
    @Nullable String experiment,
    @Nullable String experimentId,
    @Nullable String runId,
    Map<String, String> tags,
    int mostParams,
    @Nullable String fault) {
  static final String URI_NAME = "MLFLOW_TRACKING_URI";
  private static final String TAGS = "MLFLOW_TAGS";
  private static final String MOST = "MLFLOW_MAX_LOG_PARAMS";
  private static final Set<String> YES = Set.of("1", "ON", "YES", "TRUE");

  MlflowSettings {
    tags = Map.copyOf(tags);
  }

  /** Whether {@code DISABLE_MLFLOW_INTEGRATION} switches the tracker off. */
  static boolean disabled(Map<String, String> environment) {
    String value = environment.getOrDefault("DISABLE_MLFLOW_INTEGRATION", "");
    return YES.contains(value.toUpperCase(Locale.ROOT));
  }

  /** Reads the environment; {@code server} stands in where it names none. */
  static MlflowSettings of(Map<String, String> environment, String server) {
    String given = environment.getOrDefault(URI_NAME, "").strip();
    String fault = null;
    URI uri = URI.create("");
    String address = "";
    try {
      uri = new URI(given.isEmpty() ? server : given);
      address = address(uri);
      fault = fault(uri);
    } catch (URISyntaxException e) {
      fault = URI_NAME + " is no address: expected one such as http://127.0.0.1:5000";
    }
    Map<String, String> tags = new LinkedHashMap<>();
    String badTags = tags(environment.getOrDefault(TAGS, ""), tags);
    int most = Integer.MAX_VALUE;
    String limit = environment.getOrDefault(MOST, "").strip();
    if (limit.matches("\\d{1,9}")) {
      most = Integer.parseInt(limit);
    } else if (!limit.isEmpty() && fault == null) {
      fault = "%s is %s: expected a whole number".formatted(MOST, limit);
    }
    return new MlflowSettings(
        address,
        authorization(uri, environment),
        text(environment, "MLFLOW_EXPERIMENT_NAME"),
        text(environment, "MLFLOW_EXPERIMENT_ID"),
        text(environment, "MLFLOW_RUN_ID"),
        tags,
        most,
        fault == null ? badTags : fault);
  }

  private static @Nullable String fault(URI uri) {
    String text = uri.toString();
    if (text.isEmpty()) {
      return URI_NAME
          + " is not set: name a tracking server, such as http://127.0.0.1:5000, which"
          + " \"mlflow server\" starts";
    }
    String scheme = String.valueOf(uri.getScheme());
    if (!Set.of("http", "https").contains(scheme) || uri.getHost() == null) {
      return "%s names %s, and runs are sent to a tracking server only: expected an address that begins with http:// or https://; \"mlflow server --backend-store-uri ...\" serves a database or a folder"
          .formatted(URI_NAME, uri.getHost() == null ? "no server" : "one of the kind " + scheme);
    }
    return null;
  }

  private static String address(URI uri) throws URISyntaxException {
    if (uri.getHost() == null) {
      return "";
    }
    String path = uri.getPath() == null ? "" : uri.getPath().replaceAll("/+$", "");
    return new URI(uri.getScheme(), null, uri.getHost(), uri.getPort(), path, null, null)
        .toString();
  }

  private static @Nullable String authorization(URI uri, Map<String, String> environment) {
    String token = text(environment, "MLFLOW_TRACKING_TOKEN");
    String user = text(environment, "MLFLOW_TRACKING_USERNAME");
    String both = uri.getUserInfo();
    if (user != null) {
      both = user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
    }
    if (both != null) {
      byte[] bytes = both.getBytes(StandardCharsets.UTF_8);
      return "Basic " + Base64.getEncoder().encodeToString(bytes);
    }
    return token == null ? null : "Bearer " + token;
  }

  private static @Nullable String text(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "").strip();
    return value.isEmpty() ? null : value;
  }

  private static @Nullable String tags(String text, Map<String, String> into) {
    if (text.isBlank()) {
      return null;
    }
    try {
      JsonNode tags = JsonMapper.shared().readTree(text);
      if (tags.isObject()) {
        tags.properties()
            .forEach(
                tag ->
                    into.put(
                        tag.getKey(),
                        tag.getValue().isString()
                            ? tag.getValue().stringValue()
                            : tag.getValue().toString()));
        return null;
      }
    } catch (JacksonException e) {
      // The same message.
    }
    return TAGS + " is no JSON object: expected one such as {\"team\": \"alignment\"}";
  }
}
