/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The README.md of a trained model: what it was made from and how, with the front matter that model
 * hubs read.
 *
 * @param name title, such as the name of the output folder
 * @param baseModel the name on the Hugging Face Hub of what was trained; null where it has none, as
 *     a folder of this machine
 * @param tags such as {@code dpo}; {@code dpo4j} is added
 * @param facts rows of the training table, in their order
 */
public record ModelCard(
    String name, @Nullable String baseModel, List<String> tags, Map<String, ?> facts) {
  /** The tag of a folder that holds an adapter. */
  public static final String ADAPTER = "lora";

  /** The tag of a reward model. */
  public static final String REWARD = "reward";

  private static final Pattern HUB_NAME = Pattern.compile("[\\w.-]{1,96}(/[\\w.-]{1,96})?");
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Copies the list; the map keeps its order. */
  public ModelCard {
    tags = List.copyOf(tags);
  }

  /** Writes README.md into a folder. */
  public void write(Path folder) throws IOException {
    AtomicFile.writeString(folder.resolve("README.md"), format());
  }

  /** The card as Markdown. */
  public String format() {
    StringBuilder card = new StringBuilder("---\n");
    String base = baseModel != null && HUB_NAME.matcher(baseModel).matches() ? baseModel : null;
    if (base != null) {
      card.append("base_model: ").append(quote(base)).append('\n');
    }
    boolean adapter = tags.contains(ADAPTER);
    card.append("library_name: ").append(adapter ? "peft" : "transformers").append('\n');
    card.append("model_name: ").append(quote(name)).append('\n');
    boolean reward = tags.contains(REWARD);
    card.append("pipeline_tag: ").append(reward ? "text-classification" : "text-generation");
    card.append("\ntags:\n- dpo4j\n");
    tags.stream()
        .filter(tag -> !tag.equals("dpo4j"))
        .forEach(tag -> card.append("- ").append(quote(tag)).append('\n'));
    card.append("---\n\n# ").append(line(name)).append("\n\n");
    card.append(adapter ? "This is an adapter on " : "This model is a fine-tuned version of ");
    card.append(base == null ? "a model that has no page on the Hub" : "`" + base + "`");
    card.append(", trained with dpo4j. The folder loads in ");
    card.append(adapter ? "PEFT" : "transformers and vLLM");
    card.append(reward ? "; it gives one number to a whole answer, its reward.\n\n" : ".\n\n");
    if (!facts.isEmpty()) {
      card.append("## Training\n\n| | |\n|---|---|\n");
      facts.forEach(
          (key, value) ->
              card.append("| ").append(cell(key)).append(" | ").append(cell(value)).append(" |\n"));
      card.append('\n');
    }
    card.append("## Use\n\n```python\n");
    String head = reward ? "ForSequenceClassification" : "ForCausalLM";
    String type = (adapter ? "AutoPeftModel" : "AutoModel") + head;
    card.append(adapter ? "from peft import " + type + "\n" : "");
    card.append("from transformers import ").append(adapter ? "" : type + ", ");
    card.append("AutoTokenizer\n\nmodel = ").append(type);
    card.append(".from_pretrained(\".\"").append(reward ? ", num_labels=1" : "");
    card.append(")  # this folder\n");
    card.append("tokenizer = AutoTokenizer.from_pretrained(\".\")\n");
    return card.append("```\n").toString();
  }

  /** A JSON string is a YAML string. */
  private static String quote(String text) {
    return JSON.writeValueAsString(text);
  }

  private static String line(String text) {
    return text.replaceAll("\\R", " ");
  }

  private static String cell(Object value) {
    return line(String.valueOf(value)).replace("|", "\\|");
  }
}
