/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one can be in a JSON text, after all bytes so far: more than one place where the schema
 * leaves a choice that the text has not made yet.
 *
 * @param frames the places, each once
 */
record JsonState(List<JsonFrame> frames) {
  static JsonState of(JsonFrame frame) {
    return new JsonState(List.of(frame));
  }

  /** Before a text of a shape. */
  static JsonState before(Shape shape) {
    return of(JsonFrame.on(JsonFrame.END, new Place.Gap(new Place.Value(shape), 0)));
  }

  /** The state after a byte. */
  JsonState after(int next) {
    List<JsonFrame> out = new ArrayList<>(2);
    for (JsonFrame frame : frames) {
      frame.feed(next, out);
    }
    return new JsonState(out.size() < 2 ? out : out.stream().distinct().toList());
  }

  /** The state after some bytes. */
  JsonState after(byte[] bytes) {
    JsonState state = this;
    for (byte b : bytes) {
      state = state.after(b & 0xff);
    }
    return state;
  }

  /** Whether no text of the shape begins so. */
  boolean isDead() {
    return frames.isEmpty();
  }

  /** Whether the text is whole. */
  boolean mayEnd() {
    return frames.stream().anyMatch(JsonFrame::mayEnd);
  }

  /** Whether the text is whole and nothing can follow. */
  boolean isWhole() {
    return frames.size() == 1 && frames.get(0).equals(JsonFrame.END);
  }

  /** The place, if there is only one. */
  @Nullable Place only() {
    return frames.size() == 1 ? frames.get(0).place() : null;
  }
}
