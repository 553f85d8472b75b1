/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A form of JSON to which answers are held, and what it allows after each beginning.
 *
 * <p>Threads may share it: what was found for one answer serves the others.
 */
public final class JsonForm {
  /** States that are remembered; a state takes an eighth of the vocabulary in bytes. */
  private static final int MOST_STATES = 512;

  private final Shape shape;
  private final TokenTable tokens;
  private final Map<JsonState, BitSet> allowed = new LinkedHashMap<>(64, 0.75f, true);

  private JsonForm(Shape shape, TokenTable tokens) {
    this.shape = shape;
    this.tokens = tokens;
  }

  /** Any JSON object. */
  public static JsonForm object(TokenTable tokens) {
    return new JsonForm(SchemaReader.object(), tokens);
  }

  /**
   * JSON that is valid under a schema.
   *
   * @throws SchemaException if the text is no schema, names a keyword that is not supported, or
   *     allows no value
   */
  public static JsonForm schema(String schema, TokenTable tokens) {
    return new JsonForm(SchemaReader.read(schema), tokens);
  }

  /**
   * Makes the filter of one answer.
   *
   * @param stopIds tokens that end an answer; they may come when the JSON is whole
   */
  public TokenFilter filter(Set<Integer> stopIds) {
    return new JsonFilter(this, stopIds);
  }

  JsonState start() {
    return JsonState.before(shape);
  }

  JsonState after(JsonState state, int id) {
    return state.after(tokens.bytes(id));
  }

  BitSet allowed(JsonState state) {
    synchronized (allowed) {
      BitSet known = allowed.get(state);
      if (known != null) {
        return known;
      }
    }
    BitSet found = tokens.allowed(state);
    synchronized (allowed) {
      allowed.put(state, found);
      if (allowed.size() > MOST_STATES) {
        allowed.remove(allowed.keySet().iterator().next());
      }
    }
    return found;
  }
}
