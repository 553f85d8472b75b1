/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.SmallFile;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.template.ChatTemplate;
import dev.dpo4j.template.TemplateException;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.NewToken;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.tokenizer.TextChanges.Growth;
import dev.dpo4j.tokenizer.TokenizerException;
import dev.dpo4j.tokenizer.UnknownTokenException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The chat template and the end of a sequence, where a run takes others than the model's own. */
public record TextOptions(
    @Option(
            help =
                "Chat template (Jinja) in place of the model's own; it is saved with the result.",
            difference = "A key of alignment-handbook.")
        @Nullable String chatTemplate,
    @Option(
            help =
                "File of a chat template (.jinja or .j2), or a model (a folder or a name on the Hub) "
                    + "whose template, end of sequence and missing tokens are taken; saved with the "
                    + "result.",
            difference =
                "TRL has it in sft and reward only. It resizes the embedding also where no token "
                    + "is missing.")
        @Nullable String chatTemplatePath,
    @Option(
            help =
                "Token of the vocabulary that ends a sequence, in place of the model's own. "
                    + "Generation with the result stops there, too.",
            difference = "TRL has it in sft only.")
        @Nullable String eosToken,
    @Option(
            help =
                "Token of the vocabulary that the chat template writes as bos_token, in place of the "
                    + "model's own.",
            difference = "In axolotl one of special_tokens.")
        @Nullable String bosToken,
    @Option(
            defaultValue = "false",
            help =
                "Adds the tokens of eos_token, bos_token, new_special_tokens and add_tokens that the "
                    + "vocabulary lacks, and gives embedding and head a row for each token that has "
                    + "none. With an adapter, both are then trained as a whole.",
            difference =
                "A key of LLaMA-Factory, whose new rows begin with more noise. Here they begin as "
                    + "in transformers.")
        boolean resizeVocab,
    @Option(
            help = "Marks, such as <|im_start|>, that are added with resize_vocab.",
            difference = "A key of LLaMA-Factory.")
        @Nullable List<String> newSpecialTokens,
    @Option(
            help =
                "Other tokens that are added with resize_vocab; they stay where answers are shown.",
            difference = "A key of LLaMA-Factory.")
        @Nullable List<String> addTokens)
    implements Checked {
  /** The model's own texts. */
  public static final TextOptions NONE = new TextOptions(null, null, null, null, false, null, null);

  private static final String TEMPLATE = "chat_template";
  private static final String PATH = "chat_template_path";
  private static final String EOS = "eos_token";
  private static final String BOS = "bos_token";
  private static final String RESIZE = "resize_vocab";
  private static final String SPECIAL = "new_special_tokens";
  private static final String TOKENS = "add_tokens";

  /** Copies the lists. */
  public TextOptions {
    newSpecialTokens = newSpecialTokens == null ? null : List.copyOf(newSpecialTokens);
    addTokens = addTokens == null ? null : List.copyOf(addTokens);
  }

  @Override
  public void check(Check check) {
    checkTokens(check);
    if (chatTemplate != null && chatTemplatePath != null) {
      check.fault(PATH, "cannot be set together with chat_template: keep one of them");
      return;
    }
    try {
      String template = template();
      if (template != null) {
        ChatTemplate.compile(template);
      }
      refuseEmpty(check, EOS, eosToken);
      refuseEmpty(check, BOS, bosToken);
    } catch (ConfigException e) {
      e.faults().forEach(fault -> check.fault(fault.key(), fault.message()));
    } catch (TemplateException e) {
      check.fault(
          chatTemplate == null ? PATH : TEMPLATE,
          "is no template that can be used: " + e.getMessage());
    }
  }

  private void checkTokens(Check check) {
    if (!resizeVocab) {
      check.noEffect(Set.of(SPECIAL, TOKENS), "without resize_vocab", RESIZE);
    }
    Set<String> seen = new HashSet<>();
    checkTokens(check, SPECIAL, newSpecialTokens, seen);
    checkTokens(check, TOKENS, addTokens, seen);
  }

  private static void checkTokens(
      Check check, String key, @Nullable List<String> tokens, Set<String> seen) {
    for (String token : tokens == null ? List.<String>of() : tokens) {
      refuseEmpty(check, key, token);
      if (!seen.add(token)) {
        check.fault(key, "names %s twice".formatted(token));
      }
    }
  }

  private static void refuseEmpty(Check check, String key, @Nullable String token) {
    if (token != null && token.isEmpty()) {
      check.fault(key, "is empty: name a token, or remove the key");
    }
  }

  private boolean isFile() {
    String path = chatTemplatePath;
    return path != null && (path.endsWith(".jinja") || path.endsWith(".j2"));
  }

  /** The text of the template, as far as no other model must be read for it. */
  private @Nullable String template() {
    String path = chatTemplatePath;
    if (path == null) {
      return chatTemplate;
    } else if (!isFile()) {
      return null;
    }
    try {
      return SmallFile.readString(Path.of(path));
    } catch (IOException e) {
      String reason = Files.exists(Path.of(path)) ? "cannot be read: " + e : "does not exist";
      throw fault(PATH, path + " " + reason);
    }
  }

  /**
   * Returns what becomes of the texts of the model.
   *
   * @throws ConfigException if a file or folder that is named cannot be used
   */
  public TextChanges changes() {
    String path = chatTemplatePath;
    if (path != null && !isFile()) {
      return changes(Path.of(path));
    }
    Growth growth = resizeVocab ? Growth.ROWS : Growth.NONE;
    return new TextChanges(template(), eosToken, bosToken, wanted(), growth);
  }

  /** As TRL takes them from another model. */
  private TextChanges changes(Path model) {
    if (!Files.isDirectory(model) && !Files.isRegularFile(model)) {
      throw fault(PATH, "%s is neither a .jinja or .j2 file nor a model folder".formatted(model));
    }
    try (HfTokenizer other = HfTokenizer.load(model)) {
      String source = other.chatTemplates().sources().get("default");
      if (source == null) {
        throw fault(PATH, model + " has no chat template");
      }
      String end = other.specialTokens().eos().orElse(null);
      if (eosToken != null && !eosToken.equals(end)) {
        throw fault(
            EOS,
            "is %s, but the folder of chat_template_path ends sequences with %s: remove one of the keys"
                .formatted(eosToken, end));
      }
      List<NewToken> tokens = new ArrayList<>(other.addedTokens());
      if (end != null && tokens.stream().noneMatch(token -> token.content().equals(end))) {
        tokens.add(NewToken.special(end));
      }
      tokens.addAll(wanted());
      return new TextChanges(source, end, bosToken, tokens, Growth.FILLED);
    } catch (TokenizerException e) {
      throw fault(PATH, e.getMessage());
    }
  }

  /** The tokens that the vocabulary is to have. */
  private List<NewToken> wanted() {
    List<NewToken> tokens = new ArrayList<>();
    if (resizeVocab) {
      Stream.of(eosToken, bosToken)
          .filter(Objects::nonNull)
          .forEach(token -> tokens.add(NewToken.special(token)));
      names(newSpecialTokens).forEach(token -> tokens.add(NewToken.special(token)));
      names(addTokens).forEach(token -> tokens.add(NewToken.text(token)));
    }
    return tokens;
  }

  private static List<String> names(@Nullable List<String> tokens) {
    return tokens == null ? List.of() : tokens;
  }

  /** Refuses to resize where nothing is to be resized. */
  private void requireGrowth(HfTokenizer tokenizer, Path folder) {
    if (resizeVocab && !tokenizer.hasGrown()) {
      throw fault(
          RESIZE,
          "has no effect: the vocabulary of %s has every token that is named, and its embedding a row for each. Remove the key"
              .formatted(folder));
    }
  }

  /**
   * Loads the tokenizer of a model with these texts.
   *
   * @throws ConfigException if the vocabulary lacks the token
   */
  public HfTokenizer tokenizer(Path folder) {
    HfTokenizer tokenizer = named(() -> LanguageModel.tokenizer(folder, changes()));
    try {
      requireGrowth(tokenizer, folder);
      return tokenizer;
    } catch (ConfigException e) {
      tokenizer.close();
      throw e;
    }
  }

  /**
   * Loads a model with these texts.
   *
   * @param form how the weights are held
   * @throws ConfigException if the vocabulary lacks the token
   */
  public LanguageModel model(Path folder, BaseForm form) {
    return named(() -> LanguageModel.load(folder, form, changes()));
  }

  /**
   * Loads a reference of its own, which gets the tokens that the policy gets.
   *
   * @throws ConfigException if it is an adapter, which gets none
   */
  public LanguageModel reference(Path folder) {
    TextChanges changes = changes();
    return changes.growth() == Growth.NONE
        ? LanguageModel.load(folder)
        : named(() -> LanguageModel.load(folder, BaseForm.FLOAT32, changes));
  }

  /**
   * Loads a model to train rewards with, with these texts.
   *
   * @param form how the weights are held
   * @param seed decides the first score of a language model
   * @throws ConfigException if the vocabulary lacks the token
   */
  public LanguageModel rewardModel(Path folder, BaseForm form, long seed) {
    return named(() -> LanguageModel.loadForRewards(folder, form, seed, changes()));
  }

  /**
   * Gives a model in memory these texts; one that has them stays as it is.
   *
   * @throws ConfigException if the vocabulary lacks the token
   */
  public void give(LanguageModel model) {
    try {
      model.take(changes());
      requireGrowth(model.tokenizer(), model.folder());
    } catch (UnknownTokenException e) {
      throw unknown(e);
    }
  }

  /** Loads with these texts; a token that is not known is a fault of the key that names it. */
  private <T> T named(Supplier<T> load) {
    try {
      return load.get();
    } catch (UnknownTokenException e) {
      throw unknown(e);
    }
  }

  private ConfigException unknown(UnknownTokenException e) {
    String token = e.token();
    boolean path = chatTemplatePath != null && !isFile();
    String other = path ? PATH : resizeVocab ? RESIZE : EOS;
    String key = token.equals(bosToken) ? BOS : token.equals(eosToken) ? EOS : other;
    return fault(key, e.getMessage());
  }

  private static ConfigException fault(String key, @Nullable String message) {
    return new ConfigException(new Fault(key, "", String.valueOf(message)));
  }
}
