/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * Changes the element type in the text of a config.json and not a byte beside it, so that numbers,
 * order and layout stay as their author wrote them.
 */
public final class ConfigDtype {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private ConfigDtype() {}

  public static String replace(Path config, DType dtype) {
    String text = ModelJson.readText(config);
    ModelJson.parse(config, text); // Proves that the pass below meets a sound object.
    String value = '"' + dtype.torchName() + '"';
    StringBuilder result = new StringBuilder();
    int copied = 0;
    boolean found = false;
    int behindBrace = -1;
    boolean empty = true;
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      behindBrace = (int) parser.currentTokenLocation().getCharOffset() + 1;
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        empty = false;
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (name.equals("dtype") || name.equals("torch_dtype")) {
          if (token.isStructStart()) {
            throw new ModelConfigException(
                config.toString(), List.of(name + ": found an object, expected text"));
          }
          int begin = (int) parser.currentTokenLocation().getCharOffset();
          parser.getString(); // A string is read to its end only when it is asked for.
          int end = (int) parser.currentLocation().getCharOffset();
          result.append(text, copied, begin).append(value);
          copied = end;
          found = true;
        } else {
          parser.skipChildren();
        }
      }
    }
    if (!found) {
      result.append(text, 0, behindBrace).append("\n  \"dtype\": ").append(value);
      result.append(empty ? "\n" : ",");
      copied = behindBrace;
    }
    return result.append(text, copied, text.length()).toString();
  }
}
