/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns a byte-level BPE vocabulary from text, for models that are trained from scratch.
 *
 * <p>The text is cut into words by {@link #SPLIT}, each word becomes its UTF-8 bytes, and the most
 * frequent neighbouring pair is merged again and again (Sennrich et al. 2016, "Neural Machine
 * Translation of Rare Words with Subword Units", algorithm 1). Every text in Unicode form NFC can
 * be encoded and decoded without loss, because all 256 bytes are tokens; other text becomes NFC.
 * The same corpus gives the same vocabulary: ties go to the pair with the smaller ids.
 *
 * <p>Each merge looks at every distinct word and every pair once: O(merges × (text + pairs)). It is
 * meant for small corpora.
 */
public final class BpeTrainer {
  /**
   * Cuts text into contractions, words with their leading space, single digits, punctuation and
   * white space, as the tokenizers of the Qwen2 family do; valid for Java and for the Rust library.
   */
  public static final String SPLIT =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
          + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
          + "|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+"
          + "|\\s+(?!\\S)"
          + "|\\s+";

  private static final Pattern WORDS = Pattern.compile(SPLIT, Pattern.UNICODE_CHARACTER_CLASS);
  private static final int BYTES = 256;

  private final int vocabSize;
  private final List<String> specialTokens;

  /**
   * Prepares a trainer.
   *
   * @param vocabSize largest vocabulary, special tokens included; at least 256 plus those
   * @param specialTokens tokens that are never split, in the order of their ids, which follow the
   *     learned ones
   */
  public BpeTrainer(int vocabSize, List<String> specialTokens) {
    int least = BYTES + specialTokens.size();
    if (vocabSize < least) {
      throw new IllegalArgumentException(
          "vocabSize must be at least "
              + least
              + " (256 bytes and the special tokens) but was "
              + vocabSize);
    }
    this.vocabSize = vocabSize;
    this.specialTokens = List.copyOf(specialTokens);
  }

  /**
   * Learns the merges. The vocabulary stays smaller than asked for when no pair occurs twice.
   *
   * @param corpus texts without special tokens; their order does not matter
   */
  public ByteLevelBpe train(Iterable<String> corpus) {
    List<Word> words = words(corpus);
    List<String> tokens = new ArrayList<>();
    for (int b = 0; b < BYTES; b++) {
      tokens.add(String.valueOf(ByteAlphabet.charOf(b)));
    }
    List<ByteLevelBpe.Merge> merges = new ArrayList<>();
    int learnable = vocabSize - specialTokens.size();
    Map<Long, Integer> counts = new HashMap<>();
    words.forEach(word -> word.addPairs(counts, word.count));
    while (tokens.size() < learnable) {
      long pair = mostFrequent(counts);
      if (pair < 0) {
        break;
      }
      int left = left(pair);
      int right = right(pair);
      merges.add(new ByteLevelBpe.Merge(tokens.get(left), tokens.get(right)));
      int merged = tokens.size();
      tokens.add(tokens.get(left) + tokens.get(right));
      for (Word word : words) {
        if (word.has(left, right)) {
          word.addPairs(counts, -word.count);
          word.merge(left, right, merged);
          word.addPairs(counts, word.count);
        }
      }
    }
    tokens.addAll(specialTokens);
    return new ByteLevelBpe(tokens, merges, specialTokens);
  }

  private static List<Word> words(Iterable<String> corpus) {
    Map<String, Integer> counts = new TreeMap<>();
    for (String text : corpus) {
      Matcher matcher = WORDS.matcher(Normalizer.normalize(text, Normalizer.Form.NFC));
      while (matcher.find()) {
        counts.merge(matcher.group(), 1, Integer::sum);
      }
    }
    List<Word> words = new ArrayList<>();
    counts.forEach((text, count) -> words.add(Word.of(text, count)));
    return words;
  }

  /** The pair seen most often, or -1 when none is seen twice. */
  private static long mostFrequent(Map<Long, Integer> counts) {
    long best = -1;
    int most = 1;
    for (Map.Entry<Long, Integer> entry : counts.entrySet()) {
      int count = entry.getValue();
      if (count > most || (count == most && best >= 0 && entry.getKey() < best)) {
        best = entry.getKey();
        most = count;
      }
    }
    return best;
  }

  private static long pair(int left, int right) {
    return ((long) left << 32) | right;
  }

  private static int left(long pair) {
    return (int) (pair >>> 32);
  }

  private static int right(long pair) {
    return (int) pair;
  }

  /** One distinct word as token ids, merged in place, and how often the corpus has it. */
  private static final class Word {
    private final int[] ids;
    private final int count;
    private int length;

    private Word(int[] ids, int count) {
      this.ids = ids;
      this.count = count;
      this.length = ids.length;
    }

    static Word of(String text, int count) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      int[] ids = new int[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        ids[i] = Byte.toUnsignedInt(bytes[i]);
      }
      return new Word(ids, count);
    }

    boolean has(int left, int right) {
      for (int i = 0; i + 1 < length; i++) {
        if (ids[i] == left && ids[i + 1] == right) {
          return true;
        }
      }
      return false;
    }

    void addPairs(Map<Long, Integer> counts, int times) {
      for (int i = 0; i + 1 < length; i++) {
        counts.merge(pair(ids[i], ids[i + 1]), times, Integer::sum);
      }
    }

    void merge(int left, int right, int merged) {
      int to = 0;
      for (int from = 0; from < length; from++, to++) {
        if (from + 1 < length && ids[from] == left && ids[from + 1] == right) {
          ids[to] = merged;
          from++;
        } else {
          ids[to] = ids[from];
        }
      }
      length = to;
    }
  }
}
