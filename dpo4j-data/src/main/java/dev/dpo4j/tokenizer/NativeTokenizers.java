/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.nio.file.Path;

/**
 * Opens the native tokenizers library and wraps the handful of calls in use.
 *
 * <p>The library's own convenience class is left aside on purpose: its constructor contacts a
 * telemetry address and truncates at 512 tokens by default. The offline property is set before the
 * first class of the library loads, so that it never looks for another build of itself either.
 */
final class NativeTokenizers {
  static {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    LibUtils.checkStatus();
  }

  private NativeTokenizers() {}

  static long create(String tokenizerJson, Path file) {
    long handle;
    try {
      handle = TokenizersLibrary.LIB.createTokenizerFromString(tokenizerJson);
    } catch (RuntimeException e) {
      throw new TokenizerException(
          "%s is not a tokenizer that can be loaded: %s. Copy the file again from the model's source."
              .formatted(file, e.getMessage()),
          e);
    }
    TokenizersLibrary.LIB.disableTruncation(handle);
    TokenizersLibrary.LIB.disablePadding(handle);
    return handle;
  }

  static void delete(long handle) {
    TokenizersLibrary.LIB.deleteTokenizer(handle);
  }

  static int[] encode(long handle, String text, boolean addSpecialTokens) {
    long encoding = TokenizersLibrary.LIB.encode(handle, text, addSpecialTokens);
    try {
      return toInts(TokenizersLibrary.LIB.getTokenIds(encoding));
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  static Encoding encodeWithOffsets(long handle, String text, boolean addSpecialTokens) {
    long encoding = TokenizersLibrary.LIB.encode(handle, text, addSpecialTokens);
    try {
      int[] ids = toInts(TokenizersLibrary.LIB.getTokenIds(encoding));
      CharSpan[] spans = TokenizersLibrary.LIB.getTokenCharSpans(encoding);
      int[] starts = new int[ids.length];
      int[] ends = new int[ids.length];
      int[] utf16 = codePointOffsets(text);
      for (int i = 0; i < ids.length; i++) {
        // The library gives no span for a token that it added itself.
        CharSpan span = spans[i];
        if (span != null) {
          starts[i] = utf16[Math.min(span.getStart(), utf16.length - 1)];
          ends[i] = utf16[Math.min(span.getEnd(), utf16.length - 1)];
        }
      }
      return new Encoding(ids, starts, ends);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  static String decode(long handle, int[] ids, boolean skipSpecialTokens) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = ids[i];
    }
    return TokenizersLibrary.LIB.decode(handle, wide, skipSpecialTokens);
  }

  /** Maps the number of code points before a place to the number of UTF-16 units before it. */
  private static int[] codePointOffsets(String text) {
    int[] offsets = new int[text.codePointCount(0, text.length()) + 1];
    int at = 0;
    for (int i = 0; i < offsets.length - 1; i++) {
      offsets[i] = at;
      at += Character.charCount(text.codePointAt(at));
    }
    offsets[offsets.length - 1] = at;
    return offsets;
  }

  private static int[] toInts(long[] ids) {
    int[] narrow = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      narrow[i] = Math.toIntExact(ids[i]);
    }
    return narrow;
  }
}
