/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import dev.dpo4j.generate.constrain.Shape.Array;
import dev.dpo4j.generate.constrain.Shape.Fields;
import dev.dpo4j.generate.constrain.Shape.Later;
import dev.dpo4j.generate.constrain.Shape.Literals;
import dev.dpo4j.generate.constrain.Shape.Numeric;
import dev.dpo4j.generate.constrain.Shape.Property;
import dev.dpo4j.generate.constrain.Shape.Text;
import dev.dpo4j.generate.constrain.Shape.Union;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place in a JSON text, which knows what may follow. What is allowed is a part of JSON that any
 * reader takes: numbers keep to what a double holds, and white space between values is limited, so
 * that no answer runs on without end in either.
 */
sealed interface Place {
  /** Adds where one may be after a byte; adds nothing where it must not come. */
  void feed(int next, JsonFrame below, List<JsonFrame> out);

  /** Whether this value is whole, though more of it could follow. */
  default boolean mayEnd() {
    return false;
  }

  /** Behind everything. */
  record End() implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      // Nothing follows.
    }
  }

  /**
   * White space, as one indents JSON: at most one line end, and then spaces.
   *
   * @param used characters so far
   */
  record Gap(Place then, int used) implements Place {
    private static final int MOST = 24;

    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if ((next == ' ' && used < MOST) || (next == '\n' && used == 0)) {
        out.add(JsonFrame.on(below, new Gap(then, used + 1)));
      } else {
        then.feed(next, below, out);
      }
    }
  }

  private static JsonFrame gap(JsonFrame below, Place then) {
    return JsonFrame.on(below, new Gap(then, 0));
  }

  /** Before a value. */
  record Value(Shape shape) implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      start(shape, next, below, out);
    }

    private static void start(Shape shape, int next, JsonFrame below, List<JsonFrame> out) {
      if (!shape.finite()) {
        return;
      }
      if (shape instanceof Union union) {
        union.options.forEach(option -> start(option, next, below, out));
      } else if (shape instanceof Later later) {
        start(later.target(), next, below, out);
      } else if (shape instanceof Literals literals) {
        literals.values.forEach(value -> new Literal(value, 0).feed(next, below, out));
      } else if (shape instanceof Numeric numeric) {
        new Digits(numeric.integer, Digits.Part.START, 0).feed(next, below, out);
      } else if (shape instanceof Text) {
        if (next == '"') {
          out.add(JsonFrame.on(below, Chars.START));
        }
      } else if (shape instanceof Array array) {
        if (next == '[') {
          out.add(gap(below, new Item(array, 0, true)));
        }
      } else if (shape instanceof Fields fields && next == '{') {
        out.add(gap(below, new Key(fields, 0, true)));
      }
    }
  }

  /** Inside a text that is known. */
  @SuppressWarnings("ArrayRecordComponent") // compared by its own equals
  record Literal(byte[] text, int read) implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if ((text[read] & 0xff) == next) {
        out.add(read + 1 == text.length ? below : JsonFrame.on(below, new Literal(text, read + 1)));
      }
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Literal literal
          && read == literal.read
          && Arrays.equals(text, literal.text);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(text) + read;
    }
  }

  /**
   * Inside a number.
   *
   * @param count digits of this part
   */
  record Digits(boolean integer, Part part, int count) implements Place {
    private static final int MOST = 15;

    enum Part {
      START,
      SIGN,
      ZERO,
      WHOLE,
      DOT,
      FRACTION,
      E,
      E_SIGN,
      EXPONENT
    }

    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      boolean digit = next >= '0' && next <= '9';
      Part then = null;
      switch (part) {
        case START -> then = next == '-' ? Part.SIGN : first(next);
        case SIGN -> then = first(next);
        case WHOLE -> then = digit && count < MOST ? Part.WHOLE : behind(next);
        case ZERO -> then = behind(next);
        case DOT -> then = digit ? Part.FRACTION : null;
        case FRACTION -> then = digit && count < MOST ? Part.FRACTION : exponent(next);
        case E -> then = next == '-' || next == '+' ? Part.E_SIGN : digit ? Part.EXPONENT : null;
        case E_SIGN -> then = digit ? Part.EXPONENT : null;
        case EXPONENT -> then = digit && count < 2 ? Part.EXPONENT : null;
      }
      if (then != null) {
        out.add(JsonFrame.on(below, new Digits(integer, then, then == part ? count + 1 : 1)));
      } else if (mayEnd() && !digit) {
        below.feed(next, out);
      }
    }

    private static @Nullable Part first(int next) {
      return next == '0' ? Part.ZERO : next >= '1' && next <= '9' ? Part.WHOLE : null;
    }

    private @Nullable Part behind(int next) {
      return !integer && next == '.' ? Part.DOT : exponent(next);
    }

    private @Nullable Part exponent(int next) {
      return !integer && (next == 'e' || next == 'E') ? Part.E : null;
    }

    @Override
    public boolean mayEnd() {
      return part == Part.ZERO
          || part == Part.WHOLE
          || part == Part.FRACTION
          || part == Part.EXPONENT;
    }
  }

  /**
   * Inside a string.
   *
   * @param text what stands between two characters
   * @param escape 0, or 1 behind a backslash, or 2 to 5 inside the digits of an escape
   * @param high whether the digits began with d: half a character must not follow
   */
  record Chars(Utf8 text, int escape, boolean high) implements Place {
    static final Chars START = new Chars(Utf8.WHOLE, 0, false);

    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if (escape == 1) {
        if (next == 'u') {
          out.add(JsonFrame.on(below, new Chars(text, 2, false)));
        } else if ("\"\\/bfnrt".indexOf(next) >= 0) {
          out.add(JsonFrame.on(below, START));
        }
      } else if (escape > 1) {
        boolean hex = Character.digit(next, 16) >= 0;
        if (hex && !(high && Character.digit(next, 16) >= 8)) {
          boolean d = escape == 2 && (next == 'd' || next == 'D');
          out.add(JsonFrame.on(below, escape == 5 ? START : new Chars(text, escape + 1, d)));
        }
      } else if (next == '"' && text.whole()) {
        out.add(below);
      } else if (next == '\\' && text.whole()) {
        out.add(JsonFrame.on(below, new Chars(text, 1, false)));
      } else {
        Utf8 then = text.feed(next);
        if (then != null) {
          out.add(JsonFrame.on(below, new Chars(then, 0, false)));
        }
      }
    }
  }

  /**
   * Before a key, or the end of an object.
   *
   * @param index the first property that may come
   * @param first whether none has come
   */
  record Key(Fields fields, int index, boolean first) implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if (next == '}' && first && fields.mayCloseAt(index)) {
        out.add(below);
      }
      if (next != '"') {
        return;
      }
      for (int i = index; i < fields.properties.size(); i++) {
        Property property = fields.properties.get(i);
        if (property.shape().finite()) {
          JsonFrame value = JsonFrame.on(below, new Colon(property.shape(), fields, i + 1));
          out.add(JsonFrame.on(value, new Literal(property.written(), 1)));
        }
        if (property.required()) {
          return;
        }
      }
      if (mayAdd(fields)) {
        out.add(JsonFrame.on(below, new FreeKey(fields, new byte[0], false, Utf8.WHOLE)));
      }
    }

    static boolean mayAdd(Fields fields) {
      return fields.additional != null && fields.additional.finite();
    }
  }

  /**
   * Inside a key that the schema does not name.
   *
   * @param read what was read, as long as it could become a key that the schema names
   * @param other whether it cannot any more
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by its own equals
  record FreeKey(Fields fields, byte[] read, boolean other, Utf8 text) implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if (next == '"' && text.whole()) {
        Shape shape = fields.additional;
        boolean named =
            !other && fields.properties.stream().anyMatch(p -> Arrays.equals(p.name(), read));
        if (shape != null && !named && (other || read.length > 0)) {
          out.add(JsonFrame.on(below, new Colon(shape, fields, fields.properties.size())));
        }
        return;
      }
      Utf8 then = next == '\\' ? null : text.feed(next);
      if (then == null) {
        return;
      }
      byte[] longer = Arrays.copyOf(read, read.length + 1);
      longer[read.length] = (byte) next;
      boolean parted =
          other || fields.properties.stream().noneMatch(p -> startsWith(p.name(), longer));
      out.add(
          JsonFrame.on(below, new FreeKey(fields, parted ? new byte[0] : longer, parted, then)));
    }

    private static boolean startsWith(byte[] name, byte[] start) {
      return name.length >= start.length
          && Arrays.equals(name, 0, start.length, start, 0, start.length);
    }

    @Override
    public boolean equals(@Nullable Object object) {
      return object instanceof FreeKey key
          && fields == key.fields
          && other == key.other
          && text == key.text
          && Arrays.equals(read, key.read);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(read) + fields.hashCode() + text.hashCode();
    }
  }

  /** Between a key and its value. */
  record Colon(Shape shape, Fields fields, int index) implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if (next == ':') {
        JsonFrame after = gap(below, new Comma(fields, index));
        out.add(gap(after, new Value(shape)));
      }
    }
  }

  /** Behind a value of an object. */
  record Comma(Fields fields, int index) implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if (next == '}' && fields.mayCloseAt(index)) {
        out.add(below);
      } else if (next == ',' && goesOn()) {
        out.add(gap(below, new Key(fields, index, false)));
      }
    }

    /** A comma promises a key, so there must be one. */
    private boolean goesOn() {
      return Key.mayAdd(fields)
          || fields.properties.stream().skip(index).anyMatch(p -> p.shape().finite());
    }
  }

  /**
   * Before an item, or the end of a list.
   *
   * @param count items so far
   */
  record Item(Array array, int count, boolean first) implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if (next == ']' && first && array.min == 0) {
        out.add(below);
      } else if (array.max > 0) {
        JsonFrame after = gap(below, new Next(array, array.count(count + 1)));
        new Value(array.items).feed(next, after, out);
      }
    }
  }

  /** Behind an item. */
  record Next(Array array, int count) implements Place {
    @Override
    public void feed(int next, JsonFrame below, List<JsonFrame> out) {
      if (next == ']' && count >= array.min) {
        out.add(below);
      } else if (next == ',' && (array.max == Integer.MAX_VALUE || count < array.max)) {
        out.add(gap(below, new Item(array, count, false)));
      }
    }
  }

  /** Where in a character of UTF-8 one is, by what the next byte may be. */
  enum Utf8 {
    WHOLE(0, 0),
    LAST(0x80, 0xbf),
    TWO(0x80, 0xbf),
    THREE(0x80, 0xbf),
    /** Behind E0: shorter forms are not allowed. */
    TWO_E0(0xa0, 0xbf),
    /** Behind ED: no surrogates. */
    TWO_ED(0x80, 0x9f),
    THREE_F0(0x90, 0xbf),
    /** Behind F4: nothing above 10FFFF. */
    THREE_F4(0x80, 0x8f);

    private final int from;
    private final int to;

    Utf8(int from, int to) {
      this.from = from;
      this.to = to;
    }

    boolean whole() {
      return this == WHOLE;
    }

    /** Where one is after a byte, or null if it must not come. */
    @Nullable Utf8 feed(int next) {
      if (this == WHOLE) {
        return begin(next);
      }
      if (next < from || next > to) {
        return null;
      }
      return switch (this) {
        case WHOLE, LAST -> WHOLE;
        case TWO, TWO_E0, TWO_ED -> LAST;
        case THREE, THREE_F0, THREE_F4 -> TWO;
      };
    }

    private static @Nullable Utf8 begin(int next) {
      if (next < 0x80) {
        return next >= 0x20 ? WHOLE : null;
      } else if (next < 0xc2 || next > 0xf4) {
        return null;
      } else if (next < 0xe0) {
        return LAST;
      } else if (next < 0xf0) {
        return next == 0xe0 ? TWO_E0 : next == 0xed ? TWO_ED : TWO;
      }
      return next == 0xf0 ? THREE_F0 : next == 0xf4 ? THREE_F4 : THREE;
    }
  }

  /** The UTF-8 of a text. */
  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
