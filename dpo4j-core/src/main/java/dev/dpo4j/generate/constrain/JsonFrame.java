/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where in a JSON text one is: a place, and the places around it that go on when it ends. */
final class JsonFrame {
  /** Behind a whole text: nothing follows. */
  static final JsonFrame END = new JsonFrame(new Place.End(), null);

  private final Place place;
  private final @Nullable JsonFrame below;
  private final int hash;

  private JsonFrame(Place place, @Nullable JsonFrame below) {
    this.place = place;
    this.below = below;
    this.hash = 31 * place.hashCode() + (below == null ? 7 : below.hash);
  }

  /** The same surroundings with another place. */
  static JsonFrame on(JsonFrame below, Place place) {
    return new JsonFrame(place, below);
  }

  Place place() {
    return place;
  }

  /** Adds where one may be after a byte. */
  void feed(int next, List<JsonFrame> out) {
    if (below != null) {
      place.feed(next, below, out);
    }
  }

  /** Whether the text is whole here. */
  @SuppressWarnings("ReferenceEquality") // there is one end
  boolean mayEnd() {
    return this == END || (place.mayEnd() && below != null && below.mayEnd());
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // what is the same need not be compared
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof JsonFrame frame)) {
      return false;
    }
    JsonFrame a = this;
    JsonFrame b = frame;
    while (a != b) {
      if (a == null || b == null || a.hash != b.hash || !a.place.equals(b.place)) {
        return false;
      }
      a = a.below;
      b = b.below;
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
