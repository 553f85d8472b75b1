/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What stands on the last layer of a model, and how it is called in a Hugging Face folder. */
public enum ModelHead {
  /** A logit for each token that may follow: a language model. */
  TOKENS(WeightNames.HEAD, "ForCausalLM"),
  /** One number for a whole sequence: a reward model, a classifier with one label. */
  REWARD("score.weight", "ForSequenceClassification");

  /** Families whose classifier has a name of its own in transformers. */
  private static final Map<String, String> OWN_NAMES =
      Map.of("Gemma3ForCausalLM", "Gemma3TextForSequenceClassification");

  /** Families of which transformers has no classifier. */
  private static final Set<String> WITHOUT_CLASSIFIER =
      Set.of("GraniteForCausalLM", "Ernie4_5ForCausalLM");

  private final String weight;
  private final String ending;

  ModelHead(String weight, String ending) {
    this.weight = weight;
    this.ending = ending;
  }

  /** The name of its weight, {@code [rows, hidden]}. */
  public String weight() {
    return weight;
  }

  /**
   * The class of transformers that has this head on a family; empty where there is none.
   *
   * @param architecture the family
   */
  public Optional<String> className(Architecture architecture) {
    String causal = architecture.className();
    if (this == TOKENS) {
      return Optional.of(causal);
    }
    return WITHOUT_CLASSIFIER.contains(causal)
        ? Optional.empty()
        : Optional.of(OWN_NAMES.getOrDefault(causal, causal.replace(TOKENS.ending, ending)));
  }

  /** The family whose class with this head has that name. */
  Optional<Architecture> architecture(String className) {
    return Arrays.stream(Architecture.values())
        .filter(a -> className(a).filter(className::equals).isPresent())
        .findFirst();
  }

  /** The head of a class of transformers, by the end of its name. */
  static Optional<ModelHead> of(String className) {
    return Arrays.stream(values()).filter(head -> className.endsWith(head.ending)).findFirst();
  }

  /** All classes with this head, in words. */
  String classNames() {
    List<String> names =
        Arrays.stream(Architecture.values()).flatMap(a -> className(a).stream()).toList();
    return String.join(", ", names);
  }
}
