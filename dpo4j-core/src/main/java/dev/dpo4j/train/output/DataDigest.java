/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.io.Checksums;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A checksum over tokenised rows: what a run sees of its data. */
public final class DataDigest {
  private final MessageDigest digest = Checksums.digest();

  /** Adds numbers and how many they are. */
  DataDigest add(int[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (values.length + 1));
    bytes.putInt(values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    digest.update(bytes.flip());
    return this;
  }

  /** Adds pairs in their order; null stands for none. */
  public DataDigest addPairs(@Nullable List<TokenizedPair> pairs) {
    add(new int[] {pairs == null ? -1 : pairs.size()});
    for (TokenizedPair pair : pairs == null ? List.<TokenizedPair>of() : pairs) {
      add(pair.promptIds()).add(pair.chosenIds()).add(pair.rejectedIds());
      if (!Arrays.equals(pair.promptIds(), pair.rejectedPromptIds())) {
        add(pair.rejectedPromptIds());
      }
      for (Map.Entry<String, Double> extra : new TreeMap<>(pair.extras()).entrySet()) {
        digest.update((extra.getKey() + "=" + extra.getValue()).getBytes(StandardCharsets.UTF_8));
      }
    }
    return this;
  }

  /** Adds examples in their order; null stands for none. */
  public DataDigest addExamples(@Nullable List<TokenizedExample> examples) {
    add(new int[] {examples == null ? -1 : examples.size()});
    for (TokenizedExample row : examples == null ? List.<TokenizedExample>of() : examples) {
      add(row.promptIds()).add(row.completionIds()).add(row.uncutCompletionIds());
      int[] flags = new int[row.scored().length + 1];
      for (int i = 0; i < row.scored().length; i++) {
        flags[i] = row.scored()[i] ? 1 : 0;
      }
      flags[row.scored().length] = row.label() == null ? -1 : row.label() ? 1 : 0;
      add(flags);
    }
    return this;
  }

  /** Adds prompts and what else their rows hold, in their order; null stands for none. */
  public DataDigest addPrompts(@Nullable List<TokenizedPrompt> prompts) {
    add(new int[] {prompts == null ? -1 : prompts.size()});
    for (TokenizedPrompt prompt : prompts == null ? List.<TokenizedPrompt>of() : prompts) {
      add(prompt.ids());
      digest.update(JsonText.write(prompt.columns()).getBytes(StandardCharsets.UTF_8));
    }
    return this;
  }

  /** The checksum of all that was added. */
  public String hex() {
    return Checksums.hex(digest);
  }
}
