/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import dev.dpo4j.tokenizer.HfTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The bytes of all tokens in their order, so that what tokens begin with alike is looked at once.
 *
 * <p>Made once for a tokenizer and used by all answers; threads may share it.
 */
public final class TokenTable {
  private final List<Entry> all;
  private final List<Entry> withQuotes;
  private final List<Entry> withoutQuotes;
  private final byte[][] byId;
  private final Map<Place, BitSet> insideStrings = new ConcurrentHashMap<>();

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Entry(int id, byte[] bytes) {}

  private TokenTable(byte[][] byId) {
    this.byId = byId;
    List<Entry> entries = new ArrayList<>();
    for (int id = 0; id < byId.length; id++) {
      if (byId[id].length > 0) {
        entries.add(new Entry(id, byId[id]));
      }
    }
    entries.sort((a, b) -> Arrays.compareUnsigned(a.bytes(), b.bytes()));
    this.all = List.copyOf(entries);
    this.withQuotes = entries.stream().filter(TokenTable::hasQuote).toList();
    this.withoutQuotes = entries.stream().filter(entry -> !hasQuote(entry)).toList();
  }

  /** Reads the vocabulary of a tokenizer; added tokens are no part of constrained answers. */
  public static TokenTable of(HfTokenizer tokenizer) {
    byte[][] bytes = new byte[tokenizer.vocabSize()][];
    for (int id = 0; id < bytes.length; id++) {
      Optional<byte[]> found = tokenizer.bytes(id);
      bytes[id] = found.orElse(new byte[0]);
    }
    return new TokenTable(bytes);
  }

  /** Makes the table of tokens whose bytes are given by their ids. */
  static TokenTable of(List<byte[]> tokens) {
    return new TokenTable(tokens.toArray(byte[][]::new));
  }

  /** The bytes of a token, none for one that is no part of constrained answers. */
  byte[] bytes(int id) {
    return id < byId.length ? byId[id] : new byte[0];
  }

  private static boolean hasQuote(Entry entry) {
    for (byte b : entry.bytes()) {
      if (b == '"') {
        return true;
      }
    }
    return false;
  }

  /** The tokens that may follow in a state. */
  BitSet allowed(JsonState state) {
    Place place = state.only();
    BitSet allowed = new BitSet(byId.length);
    if (place instanceof Place.Chars chars) {
      // What does not end the string does not depend on what lies around it.
      BitSet inside =
          insideStrings.computeIfAbsent(
              chars,
              key -> {
                BitSet found = new BitSet(byId.length);
                JsonState alone = JsonState.of(JsonFrame.on(JsonFrame.END, key));
                collect(withoutQuotes, alone, found);
                return found;
              });
      allowed.or(inside);
      collect(withQuotes, state, allowed);
    } else {
      collect(all, state, allowed);
    }
    return allowed;
  }

  /** Walks over sorted tokens; a token that cannot be rules out those with the same beginning. */
  private static void collect(List<Entry> entries, JsonState state, BitSet allowed) {
    JsonState[] after = new JsonState[16];
    byte[] last = new byte[0];
    int alive = 0; // bytes of the last token that were possible
    for (Entry entry : entries) {
      byte[] bytes = entry.bytes();
      int differs = Arrays.mismatch(last, bytes);
      int shared = differs < 0 ? bytes.length : differs;
      if (shared > alive) {
        continue; // the byte at which the last one failed is also here
      }
      if (after.length <= bytes.length) {
        after = Arrays.copyOf(after, 2 * bytes.length);
      }
      int read = shared;
      JsonState now = read == 0 ? state : after[read - 1];
      while (read < bytes.length) {
        now = now.after(bytes[read] & 0xff);
        if (now.isDead()) {
          break;
        }
        after[read++] = now;
      }
      last = bytes;
      alive = read;
      if (read == bytes.length) {
        allowed.set(entry.id());
      }
    }
  }
}
