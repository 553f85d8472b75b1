/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Mapping;
import dev.dpo4j.config.value.Value.Scalar;
import dev.dpo4j.config.value.Value.Sequence;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Reads settings from YAML 1.2, where {@code 5e-7} is a number and {@code no} is text.
 *
 * <p>Every setting knows its line. Keys given twice, anchors and a second document are faults.
 */
public final class YamlSource {
  /** A configuration has some kilobytes; what is longer is another file. */
  private static final int MOST_BYTES = 1 << 20;

  /** Readers of YAML take time that grows with the square of a line's length. */
  private static final int LONGEST_LINE = 1 << 15;

  private static final int DEEPEST = 50;

  private static final YAMLFactory YAML =
      YAMLFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .build();

  private final String name;
  private final JsonParser parser;

  private YamlSource(String name, String text) {
    this.name = name;
    this.parser = YAML.createParser(ObjectReadContext.empty(), text);
  }

  /** Reads a file in UTF-8; a file that cannot be read is a {@link ConfigException}. */
  public static List<Setting> read(Path file) {
    try {
      return ForeignText.read(text(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new ConfigException(new Fault("config", "", "no such file: " + file));
    } catch (CharacterCodingException e) {
      throw new ConfigException(new Fault("config", "", file + " is not valid UTF-8"));
    } catch (IOException e) {
      throw new ConfigException(new Fault("config", "", "cannot read " + file + ": " + e));
    }
  }

  /**
   * Reads a file of YAML of bounded size and lines, because a device or a pipe may never end.
   *
   * @throws ConfigException if it is larger
   * @throws IOException if it cannot be read, or is no UTF-8
   */
  public static String text(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    }
    if (bytes.length > MOST_BYTES) {
      throw new ConfigException(
          new Fault(
              "config",
              "",
              "%s is longer than %d MB, expected a configuration in YAML"
                  .formatted(file, MOST_BYTES >> 20)));
    }
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (line.length() > LONGEST_LINE) {
        throw new ConfigException(
            new Fault(
                "",
                file + ":" + number,
                "has %,d characters, expected at most %,d in a line of a configuration"
                    .formatted(line.length(), LONGEST_LINE)));
      }
    }
    return text;
  }

  /**
   * Reads settings from a text.
   *
   * @param name the name of the text in messages
   */
  public static List<Setting> parse(String text, String name) {
    YamlSource source = new YamlSource(name, text);
    try (JsonParser parser = source.parser) {
      if (parser.nextToken() == null || parser.currentToken() == JsonToken.VALUE_NULL) {
        return List.of();
      }
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw source.fault("expected a map of keys to values, found " + source.value().describe());
      }
      List<Setting> settings = source.settings();
      if (parser.nextToken() != null) {
        throw source.fault("expected one YAML document, found a second one");
      }
      return settings;
    } catch (JacksonException e) {
      throw source.syntax(e);
    }
  }

  /** Reads one value written in flow style, such as a JSON object on the command line. */
  public static Value flow(String text, String where) {
    YamlSource source = new YamlSource(where, text);
    try (JsonParser parser = source.parser) {
      parser.nextToken();
      Value value = source.value();
      if (parser.nextToken() != null) {
        throw source.fault("expected one value, found more after it");
      }
      return value;
    } catch (JacksonException e) {
      throw source.syntax(e);
    }
  }

  private List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    List<Fault> faults = new ArrayList<>();
    Map<String, String> seen = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      String where = where();
      String before = seen.putIfAbsent(key, where);
      if (before != null) {
        faults.add(new Fault(key, where, "is set twice, first at " + before));
      }
      parser.nextToken();
      settings.add(new Setting(key, value(), where));
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
    return settings;
  }

  private Value value() {
    if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
      throw fault("aliases (*name) are not supported");
    }
    @Nullable JsonToken token = parser.currentToken();
    if (token == null) {
      return new Scalar("null", Kind.NULL);
    }
    return switch (token) {
      case START_ARRAY -> sequence();
      case START_OBJECT -> mapping();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Scalar(parser.getString(), Kind.NUMBER);
      case VALUE_TRUE, VALUE_FALSE -> new Scalar(parser.getString(), Kind.BOOLEAN);
      case VALUE_NULL -> new Scalar("null", Kind.NULL);
      default -> new Scalar(parser.getString(), Kind.TEXT);
    };
  }

  private Sequence sequence() {
    List<Value> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(value());
    }
    return new Sequence(items);
  }

  private Mapping mapping() {
    Map<String, Value> entries = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      String where = where();
      parser.nextToken();
      if (entries.put(key, value()) != null) {
        throw new ConfigException(new Fault(key, where, "is set twice"));
      }
    }
    return new Mapping(entries);
  }

  private String where() {
    return name + ":" + parser.currentTokenLocation().getLineNr();
  }

  private ConfigException fault(String message) {
    return new ConfigException(new Fault("", where(), message));
  }

  private ConfigException syntax(JacksonException e) {
    int line = e.getLocation() == null ? -1 : e.getLocation().getLineNr();
    String where = line > 0 ? name + ":" + line : name;
    boolean deep = e instanceof StreamConstraintsException;
    return new ConfigException(
        new Fault(
            "",
            where,
            deep
                ? "is nested deeper than " + DEEPEST + " levels, or holds a number or name too long"
                : "is not valid YAML: " + Secrets.maskLines(e.getOriginalMessage().strip())));
  }
}
