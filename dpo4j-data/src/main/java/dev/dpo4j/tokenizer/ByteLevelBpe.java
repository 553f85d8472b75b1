/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A learned byte-level BPE vocabulary, which can be written as the tokenizer files of a Hugging
 * Face model folder.
 *
 * @param tokens the token of each id, bytes as their printable stand-ins; special tokens last
 * @param merges the merges, most important first
 * @param specialTokens the tokens that are never split; the last entries of {@code tokens}
 */
public record ByteLevelBpe(List<String> tokens, List<Merge> merges, List<String> specialTokens) {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Two neighbouring tokens that become one. */
  public record Merge(String left, String right) {}

  /**
   * What {@code tokenizer_config.json} says beside the vocabulary.
   *
   * @param eosToken the special token that ends an answer
   * @param padToken the special token that fills a batch
   * @param chatTemplate Jinja source that turns messages into text
   * @param modelMaxLength longest sequence of the model, in tokens
   */
  public record ChatSettings(
      String eosToken, String padToken, String chatTemplate, int modelMaxLength) {}

  /** Copies the lists, so that the vocabulary never changes. */
  public ByteLevelBpe {
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
    specialTokens = List.copyOf(specialTokens);
  }

  /** The number of ids, special tokens included. */
  public int vocabSize() {
    return tokens.size();
  }

  /** The id of a special token. */
  public int specialId(String token) {
    int index = specialTokens.indexOf(token);
    if (index < 0) {
      throw new IllegalArgumentException(
          "special token must be one of " + specialTokens + " but was " + token);
    }
    return tokens.size() - specialTokens.size() + index;
  }

  /**
   * Writes {@code tokenizer.json} and {@code tokenizer_config.json}, which transformers, the Rust
   * library and {@code dpo4j} load. Files of these names are replaced.
   *
   * @param folder an existing model folder
   */
  public void save(Path folder, ChatSettings settings) throws IOException {
    write(folder.resolve("tokenizer.json"), tokenizerJson());
    write(folder.resolve("tokenizer_config.json"), configJson(settings));
  }

  private ObjectNode tokenizerJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (String token : specialTokens) {
      addedToken(added.addObject().put("id", specialId(token)), token);
    }
    // What transformers applies to models of the Qwen2 family, whatever the file says.
    root.putObject("normalizer").put("type", "NFC");
    ObjectNode split = root.putObject("pre_tokenizer").put("type", "Sequence");
    ArrayNode steps = split.putArray("pretokenizers");
    ObjectNode regex = steps.addObject().put("type", "Split");
    regex.putObject("pattern").put("Regex", BpeTrainer.SPLIT);
    regex.put("behavior", "Isolated").put("invert", false);
    byteLevel(steps.addObject());
    byteLevel(root.putObject("post_processor"));
    byteLevel(root.putObject("decoder"));
    model(root.putObject("model"));
    return root;
  }

  private static void byteLevel(ObjectNode node) {
    node.put("type", "ByteLevel");
    node.put("add_prefix_space", false).put("trim_offsets", false).put("use_regex", false);
  }

  private static void addedToken(ObjectNode node, String content) {
    node.put("content", content).put("single_word", false).put("lstrip", false);
    node.put("rstrip", false).put("normalized", false).put("special", true);
  }

  private void model(ObjectNode model) {
    model.put("type", "BPE").putNull("dropout").putNull("unk_token");
    model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode vocab = model.putObject("vocab");
    for (int id = 0; id < tokens.size() - specialTokens.size(); id++) {
      vocab.put(tokens.get(id), id);
    }
    ArrayNode pairs = model.putArray("merges");
    // The form "left right" is read by every version of the library; a stand-in is never a space.
    merges.forEach(merge -> pairs.add(merge.left() + " " + merge.right()));
  }

  private ObjectNode configJson(ChatSettings settings) {
    ObjectNode root = JSON.createObjectNode();
    // The generic class takes tokenizer.json as it is; a named one would put its own rules over it.
    root.put("tokenizer_class", "PreTrainedTokenizerFast");
    ObjectNode decoder = root.putObject("added_tokens_decoder");
    for (String token : specialTokens) {
      addedToken(decoder.putObject(String.valueOf(specialId(token))), token);
    }
    root.put("add_prefix_space", false).put("clean_up_tokenization_spaces", false);
    root.putNull("bos_token");
    root.put("eos_token", tokens.get(specialId(settings.eosToken())));
    root.put("pad_token", tokens.get(specialId(settings.padToken())));
    root.putNull("unk_token");
    root.put("model_max_length", settings.modelMaxLength());
    root.put("chat_template", settings.chatTemplate());
    return root;
  }

  private static void write(Path file, ObjectNode root) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ".tmp");
    String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    Files.writeString(aside, text);
    Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
