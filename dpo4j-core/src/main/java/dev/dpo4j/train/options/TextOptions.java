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
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.tokenizer.UnknownTokenException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
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
                "File of a chat template (.jinja or .j2), or a model folder whose template and end "
                    + "of sequence are taken; saved with the result.",
            difference =
                "TRL has it in sft only. It adds tokens of that folder to the vocabulary; here "
                    + "they must be there.")
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
        @Nullable String bosToken)
    implements Checked {
  /** The model's own texts. */
  public static final TextOptions NONE = new TextOptions(null, null, null, null);

  private static final String TEMPLATE = "chat_template";
  private static final String PATH = "chat_template_path";
  private static final String EOS = "eos_token";
  private static final String BOS = "bos_token";

  @Override
  public void check(Check check) {
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
      if (!Files.isDirectory(Path.of(path))) {
        throw fault(PATH, "%s is neither a .jinja or .j2 file nor a model folder".formatted(path));
      }
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
    if (path == null || isFile()) {
      return new TextChanges(template(), eosToken, bosToken, Set.of());
    }
    template(); // refuses what is no folder
    try (HfTokenizer other = HfTokenizer.load(Path.of(path))) {
      String source = other.chatTemplates().sources().get("default");
      if (source == null) {
        throw fault(PATH, path + " has no chat template");
      }
      String end = other.specialTokens().eos().orElse(null);
      if (eosToken != null && !eosToken.equals(end)) {
        throw fault(
            EOS,
            "is %s, but the folder of chat_template_path ends sequences with %s: remove one of the keys"
                .formatted(eosToken, end));
      }
      return new TextChanges(source, end, bosToken, other.addedTokens());
    }
  }

  /**
   * Loads the tokenizer of a model with these texts.
   *
   * @throws ConfigException if the vocabulary lacks the token
   */
  public HfTokenizer tokenizer(Path folder) {
    try {
      return LanguageModel.tokenizer(folder, changes());
    } catch (UnknownTokenException e) {
      throw unknown(e);
    }
  }

  /**
   * Loads a model with these texts.
   *
   * @param form how the weights are held
   * @throws ConfigException if the vocabulary lacks the token
   */
  public LanguageModel model(Path folder, BaseForm form) {
    try {
      return LanguageModel.load(folder, form, changes());
    } catch (UnknownTokenException e) {
      throw unknown(e);
    }
  }

  /**
   * Loads a model to train rewards with, with these texts.
   *
   * @param form how the weights are held
   * @param seed decides the first score of a language model
   * @throws ConfigException if the vocabulary lacks the token
   */
  public LanguageModel rewardModel(Path folder, BaseForm form, long seed) {
    try {
      return LanguageModel.loadForRewards(folder, form, seed, changes());
    } catch (UnknownTokenException e) {
      throw unknown(e);
    }
  }

  /**
   * Gives a model in memory these texts; one that has them stays as it is.
   *
   * @throws ConfigException if the vocabulary lacks the token
   */
  public void give(LanguageModel model) {
    try {
      model.take(changes());
    } catch (UnknownTokenException e) {
      throw unknown(e);
    }
  }

  private ConfigException unknown(UnknownTokenException e) {
    String key = chatTemplatePath != null ? PATH : eosToken == null ? BOS : EOS;
    return fault(e.token().equals(bosToken) ? BOS : key, e.getMessage());
  }

  private static ConfigException fault(String key, @Nullable String message) {
    return new ConfigException(new Fault(key, "", String.valueOf(message)));
  }
}
