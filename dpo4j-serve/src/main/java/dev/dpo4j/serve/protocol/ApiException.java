/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that is refused, with the body and the status that clients of OpenAI expect. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final @Nullable String param;
  private final @Nullable String code;

  /** Makes a refusal; see the methods below for the usual ones. */
  public ApiException(
      int status, String type, @Nullable String param, @Nullable String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** Something in the request is wrong. */
  public static ApiException invalid(@Nullable String param, String message) {
    return new ApiException(400, "invalid_request_error", param, null, message);
  }

  /** The prompt, which stands in a field of the request, does not fit into the model's context. */
  public static ApiException tooLong(String param, String message) {
    return new ApiException(
        400, "invalid_request_error", param, "context_length_exceeded", message);
  }

  /** HTTP status. */
  public int status() {
    return status;
  }

  /** The JSON of the reply. */
  public String body() {
    return body(String.valueOf(getMessage()), type, param, code);
  }

  /** The JSON that tells of an error. */
  public static String body(
      String message, String type, @Nullable String param, @Nullable String code) {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("message", message);
    error.put("type", type);
    error.put("param", param);
    error.put("code", code);
    return WireJson.write(Map.of("error", error));
  }
}
