/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What every piece of one reply begins with.
 *
 * @param id the name of the reply
 * @param created when the reply began, in seconds since 1970
 * @param model the name of the model
 */
record ReplyHead(String id, long created, String model) {
  /** Begins a reply; {@code prefix} tells its kind. */
  static ReplyHead of(String prefix, ServedModel model) {
    String id = prefix + UUID.randomUUID().toString().replace("-", "");
    return new ReplyHead(id, System.currentTimeMillis() / 1000, model.name());
  }

  /** Returns a piece of that type, to which the rest is added. */
  Map<String, @Nullable Object> body(String object) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("id", id);
    body.put("object", object);
    body.put("created", created);
    body.put("model", model);
    return body;
  }

  /** Returns a whole reply. */
  Map<String, @Nullable Object> whole(String object, Object choices, Object usage) {
    Map<String, @Nullable Object> body = body(object);
    body.put("choices", choices);
    body.put("usage", usage);
    return body;
  }
}
