/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;

/** Whether two models mean the same by a token, whatever their files look like. */
final class SameTokens {
  private SameTokens() {}

  /** Whether every id is the same token for both. */
  static boolean ofVocabularies(LanguageModel one, LanguageModel other) {
    HfTokenizer a = one.tokenizer();
    HfTokenizer b = other.tokenizer();
    if (a.vocabSize() != b.vocabSize()) {
      return false;
    }
    for (int id = 0; id < a.vocabSize(); id++) {
      if (!a.idToToken(id).equals(b.idToToken(id))) {
        return false;
      }
    }
    return true;
  }

  /** Whether both also put conversations into the same tokens. */
  static boolean ofConversations(LanguageModel one, LanguageModel other) {
    return one.tokenizer()
            .chatTemplates()
            .checksum()
            .equals(other.tokenizer().chatTemplates().checksum())
        && ofVocabularies(one, other);
  }
}
