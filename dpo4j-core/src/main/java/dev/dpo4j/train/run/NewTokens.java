/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is to be said of a vocabulary: how it has grown, and which marks of its template it lacks.
 */
final class NewTokens {
  private static final int SHOWN = 5;

  /** How templates write the marks of a turn. */
  private static final Pattern MARK = Pattern.compile("<\\|[^|<>{}\\s]{1,60}\\|>");

  private NewTokens() {}

  /** Says how the vocabulary has grown; empty where it has not. */
  static Optional<String> growth(LanguageModel policy) {
    if (!policy.tokenizer().hasGrown()) {
      return Optional.empty();
    }
    List<String> added = policy.tokenizer().edits().added();
    String tokens =
        switch (added.size()) {
          case 0 -> "no token was added";
          case 1 -> "1 token was added (%s)".formatted(added.get(0));
          default -> "%d tokens were added (%s)".formatted(added.size(), shown(added));
        };
    String rows = "%s; the embedding has %d rows".formatted(tokens, policy.config().vocabSize());
    return Optional.of(
        policy.adapter() == null
            ? rows
            : rows
                + ". Embedding and head are trained as a whole beside the adapter, and saved with it: they are large. Before transformers loads the adapter, take its tokenizer and call model.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=64), or make a model of it with dpo4j merge");
  }

  private static String shown(List<String> tokens) {
    String more = tokens.size() > SHOWN ? " ..." : "";
    return tokens.stream().limit(SHOWN).collect(Collectors.joining(" ")) + more;
  }

  /**
   * Names the marks that a given template writes and that are no tokens; empty if there are none.
   */
  static Optional<String> missingMarks(LanguageModel policy) {
    String template = policy.changes().chatTemplate();
    if (template == null) {
      return Optional.empty();
    }
    HfTokenizer tokenizer = policy.tokenizer();
    Set<String> missing = new TreeSet<>();
    Matcher marks = MARK.matcher(template);
    while (marks.find()) {
      if (tokenizer.tokenToId(marks.group()).isEmpty()) {
        missing.add(marks.group());
      }
    }
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the chat template writes %s, which the vocabulary of %s lacks: each becomes several tokens, as other text does. To add them as tokens, set resize_vocab and name them in new_special_tokens"
                .formatted(shown(List.copyOf(missing)), policy.folder()));
  }
}
