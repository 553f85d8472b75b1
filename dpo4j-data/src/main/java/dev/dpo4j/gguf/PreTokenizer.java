/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a text is split before bytes are merged. A GGUF file keeps only a name of it, so a way to
 * split that has no name in llama.cpp cannot be stored.
 */
@SuppressWarnings("ImmutableEnumChecker") // the lists are never changed
public enum PreTokenizer {
  /** Words with the space before them, as GPT-2 has it. */
  GPT2(false, false, List.of(), "gpt-2", "gpt2", "olmo", "phi-2"),
  /** The same with each digit alone, as StarCoder has it. */
  SMOLLM(true, false, List.of(), "smollm", "refact", "starcoder"),
  /** Up to three digits together; words of the vocabulary are taken whole. */
  LLAMA3(false, true, List.of(Patterns.WORDS_3), "llama-bpe", "llama3", "llama-v3", "pixtral"),
  /** The same without whole words. */
  DBRX(false, false, List.of(Patterns.WORDS_3), "dbrx", "smaug-bpe", "glm4", "chatglm-bpe"),
  /** Each digit alone. */
  QWEN2(false, false, List.of(Patterns.WORDS_1), "qwen2", "deepseek-r1-qwen", "hunyuan", "megrez"),
  /** Words end where small letters turn into capitals. */
  GPT4O(
      false, false, List.of(Patterns.CASES + Patterns.CASES_END_3), "gpt-4o", "llama4", "kanana2"),
  /** The same without contractions, each digit alone. */
  TEKKEN(false, true, List.of(Patterns.TEKKEN), "tekken"),
  /** As Qwen2, with line ends apart from signs. */
  SEED(false, false, List.of(Patterns.SEED), "seed-coder"),
  /** Digits, then Chinese and Japanese, then the rest. */
  DEEPSEEK3(
      false,
      false,
      List.of("\\p{N}{1,3}", Patterns.HAN_AND_KANA, Patterns.DEEPSEEK),
      "deepseek-v3",
      "hunyuan-dense");

  /** Regular expressions as {@code tokenizer.json} holds them, in one of several spellings. */
  private static final class Patterns {
    static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    static final String WORD = "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    static final String SIGNS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
    static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    static final String WORDS_3 = CONTRACTIONS + WORD + "|\\p{N}{1,3}" + SIGNS + SPACES;
    static final String WORDS_1 = CONTRACTIONS + WORD + "|\\p{N}" + SIGNS + SPACES;
    static final String SEED =
        CONTRACTIONS + WORD + "|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" + SPACES;
    static final String CAPITALS = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    static final String SMALL = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    static final String START = "[^\\r\\n\\p{L}\\p{N}]?";
    static final String CASES =
        START
            + CAPITALS
            + "*"
            + SMALL
            + "+"
            + CONTRACTIONS
            + "?|"
            + START
            + CAPITALS
            + "+"
            + SMALL
            + "*"
            + CONTRACTIONS
            + "?";
    static final String CASES_END = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*" + SPACES;
    static final String CASES_END_3 = "|\\p{N}{1,3}" + CASES_END;
    static final String TEKKEN =
        START
            + CAPITALS
            + "*"
            + SMALL
            + "+|"
            + START
            + CAPITALS
            + "+"
            + SMALL
            + "*|\\p{N}"
            + CASES_END;
    static final String HAN_AND_KANA = "[一-龥぀-ゟ゠-ヿ]+";
    static final String DEEPSEEK =
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
            + SPACES;

    private Patterns() {}
  }

  private static final String BYTE_LEVEL = "ByteLevel";

  private final boolean singleDigits;
  private final boolean wholeWords;
  private final List<String> splits;
  private final List<String> names;

  PreTokenizer(boolean singleDigits, boolean wholeWords, List<String> splits, String... names) {
    this.singleDigits = singleDigits;
    this.wholeWords = wholeWords;
    this.splits = splits;
    this.names = List.of(names);
  }

  /** The way of a name under {@code tokenizer.ggml.pre}. */
  static Optional<PreTokenizer> ofName(String name) {
    return Arrays.stream(values()).filter(p -> p.names.contains(name)).findFirst();
  }

  /** All names, for messages. */
  static List<String> allNames() {
    return Arrays.stream(values()).map(p -> p.names.get(0)).toList();
  }

  /** The name under {@code tokenizer.ggml.pre}: the family's own where it has one. */
  public String name(GgufArchitecture architecture) {
    String own =
        switch (architecture) {
          case GLM4 -> "glm4";
          case HUNYUAN -> "hunyuan-dense";
          default -> names.get(0);
        };
    return names.contains(own) ? own : names.get(0);
  }

  /** Whether a word that the vocabulary holds is taken as it is, without merging. */
  boolean takesWholeWords() {
    return wholeWords;
  }

  /**
   * The way that the {@code pre_tokenizer} of a {@code tokenizer.json} describes.
   *
   * @param preTokenizer JSON
   * @param wholeWords whether its model ignores merges for words of the vocabulary
   * @return empty if llama.cpp has no name for it
   */
  public static Optional<PreTokenizer> of(String preTokenizer, boolean wholeWords) {
    List<String> steps = steps(JsonMapper.shared().readTree(preTokenizer));
    return Arrays.stream(values())
        .filter(p -> p.steps().equals(steps))
        .filter(p -> p.wholeWords == wholeWords || !p.isPaired())
        .findFirst();
  }

  /** Whether another way differs from this one only in whether it takes whole words. */
  private boolean isPaired() {
    return this == LLAMA3 || this == DBRX || this == TEKKEN;
  }

  private List<String> steps() {
    List<String> steps = new ArrayList<>();
    splits.forEach(split -> steps.add("split " + split));
    if (singleDigits) {
      steps.add("digits");
    }
    steps.add(splits.isEmpty() ? "words and bytes" : "bytes");
    return steps;
  }

  private static List<String> steps(JsonNode node) {
    List<String> steps = new ArrayList<>();
    switch (node.path("type").asString("")) {
      case "Sequence" -> node.path("pretokenizers").forEach(step -> steps.addAll(steps(step)));
      case "Digits" ->
          steps.add(node.path("individual_digits").asBoolean(false) ? "digits" : "numbers");
      case BYTE_LEVEL -> {
        boolean prefix = node.path("add_prefix_space").asBoolean(true);
        boolean words = node.path("use_regex").asBoolean(true);
        steps.add((prefix ? "space and " : "") + (words ? "words and bytes" : "bytes"));
      }
      case "Split" -> {
        boolean inverted = node.path("invert").asBoolean(false);
        String behaviour = node.path("behavior").asString("");
        // What matches everything can as well be what is kept of the rest.
        boolean isolated = behaviour.equals(inverted ? "Removed" : "Isolated");
        String pattern = node.path("pattern").path("Regex").asString("");
        steps.add((isolated ? "split " : behaviour + " ") + canonical(pattern));
      }
      default -> steps.add(node.toString());
    }
    return steps;
  }

  /** One of the spellings that match the same. */
  private static String canonical(String pattern) {
    return pattern
        .replace("'(?i:[sdmt]|ll|ve|re)", Patterns.CONTRACTIONS)
        .replace("?+", "?")
        .replace("++", "+")
        .replace("\\s*[\\r\\n]|", "\\s*[\\r\\n]+|")
        .replace("\r", "\\r")
        .replace("\n", "\\n");
  }

  /** The {@code pre_tokenizer} of a {@code tokenizer.json}. */
  ObjectNode toJson() {
    List<ObjectNode> steps = new ArrayList<>();
    JsonNodeFactory json = JsonNodeFactory.instance;
    for (String pattern : splits) {
      ObjectNode split = json.objectNode().put("type", "Split");
      split.putObject("pattern").put("Regex", pattern);
      steps.add(split.put("behavior", "Isolated").put("invert", false));
    }
    if (singleDigits) {
      steps.add(json.objectNode().put("type", "Digits").put("individual_digits", true));
    }
    steps.add(byteLevel(false, splits.isEmpty()));
    if (steps.size() == 1) {
      return steps.get(0);
    }
    ObjectNode sequence = json.objectNode().put("type", "Sequence");
    sequence.putArray("pretokenizers").addAll(steps);
    return sequence;
  }

  /** The step that turns bytes into letters. */
  static ObjectNode byteLevel(boolean addPrefixSpace, boolean useRegex) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", BYTE_LEVEL)
        .put("add_prefix_space", addPrefixSpace)
        .put("trim_offsets", true)
        .put("use_regex", useRegex);
  }
}
