/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a JSON value must be. Shapes may hold themselves, so they are compared by identity. */
abstract sealed class Shape {
  private boolean finite;

  /** Whether a value of this shape can end; known after {@link #settle} came to rest. */
  final boolean finite() {
    return finite;
  }

  /** Looks once more whether values can end; returns whether that is news. */
  final boolean settle() {
    boolean before = finite;
    finite = before || canEnd();
    return finite != before;
  }

  abstract boolean canEnd();

  /** A string with any text. */
  static final class Text extends Shape {
    @Override
    boolean canEnd() {
      return true;
    }
  }

  /** A number. */
  static final class Numeric extends Shape {
    final boolean integer;

    Numeric(boolean integer) {
      this.integer = integer;
    }

    @Override
    boolean canEnd() {
      return true;
    }
  }

  /** One of several values, as they are written. */
  static final class Literals extends Shape {
    final List<byte[]> values;

    Literals(List<byte[]> values) {
      this.values = List.copyOf(values);
    }

    @Override
    boolean canEnd() {
      return !values.isEmpty();
    }
  }

  /** One of several shapes. */
  static final class Union extends Shape {
    final List<Shape> options;

    Union(List<Shape> options) {
      this.options = List.copyOf(options);
    }

    @Override
    boolean canEnd() {
      return options.stream().anyMatch(Shape::finite);
    }
  }

  /** A shape that is known only when all of the schema was read. */
  static final class Later extends Shape {
    private @Nullable Shape target;

    void become(Shape shape) {
      target = shape;
    }

    Shape target() {
      return Objects.requireNonNull(target);
    }

    @Override
    boolean canEnd() {
      return target().finite();
    }
  }

  /** A list. */
  static final class Array extends Shape {
    final Shape items;
    final int min;
    final int max;

    Array(Shape items, int min, int max) {
      this.items = items;
      this.min = min;
      this.max = max;
    }

    @Override
    boolean canEnd() {
      return min <= max && (min == 0 || items.finite());
    }

    /** Counts no further than it matters. */
    int count(int items) {
      return Math.min(items, max == Integer.MAX_VALUE ? min : max);
    }
  }

  /**
   * A property of an object.
   *
   * @param name its name in UTF-8
   * @param written its name in JSON, with quotes
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Property(byte[] name, byte[] written, Shape shape, boolean required) {}

  /** An object; its properties come in the order of the schema and others after them. */
  static final class Fields extends Shape {
    final List<Property> properties;
    final @Nullable Shape additional;

    Fields(List<Property> properties, @Nullable Shape additional) {
      this.properties = List.copyOf(properties);
      this.additional = additional;
    }

    @Override
    boolean canEnd() {
      return properties.stream().allMatch(p -> !p.required() || p.shape().finite());
    }

    /** Whether the object may end before a property. */
    boolean mayCloseAt(int index) {
      return properties.stream().skip(index).noneMatch(Property::required);
    }
  }
}
