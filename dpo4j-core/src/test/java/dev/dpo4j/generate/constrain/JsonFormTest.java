/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the forms of JSON let through, against a validator that others keep. */
class JsonFormTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int END = 0;
  private static final TokenTable TOKENS = TokenTable.of(vocabulary());

  /** An end, all single bytes, and pieces as a trained vocabulary has them. */
  private static List<byte[]> vocabulary() {
    List<byte[]> tokens = new ArrayList<>();
    tokens.add(new byte[0]);
    for (int b = 0; b < 256; b++) {
      tokens.add(new byte[] {(byte) b});
    }
    for (String piece :
        List.of(
            "{\"", "\":", "\": ", "\",", "\", \"", "\"}", "}}", "]}", "],", "[]", "{}", "[{\"",
            "\n  ", "\n    ", "true", "false", "null", "12", "-1", "0.5", "e+", " a", "the", "name",
            "a\"", "\\n", "\\u00", "\\ud83d", "窗", "é", ", ", "},", "1,", "2]", "3}", "  ")) {
      tokens.add(piece.getBytes(StandardCharsets.UTF_8));
    }
    return tokens;
  }

  /** Draws tokens; after some of them those that end something are preferred. */
  private static @Nullable String sample(JsonForm form, Random random) {
    JsonState state = form.start();
    StringBuilder bytes = new StringBuilder();
    int most = 5 + random.nextInt(60);
    for (int count = 0; count < 600; count++) {
      BitSet allowed = form.allowed(state);
      boolean done = state.mayEnd() && allowed.isEmpty();
      if (done || state.isWhole() || (state.mayEnd() && (count > most || random.nextInt(3) == 0))) {
        return new String(
            bytes.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      }
      assertThat(allowed.isEmpty()).as("a dead end behind %s", bytes).isFalse();
      int id = choose(state, allowed, random, count > most);
      bytes.append(new String(TOKENS.bytes(id), StandardCharsets.ISO_8859_1));
      state = form.after(state, id);
      assertThat(state.isDead()).isFalse();
    }
    return null; // A schema that holds itself can be gone down without end.
  }

  private static int choose(JsonState state, BitSet allowed, Random random, boolean ending) {
    boolean text = state.frames().stream().allMatch(frame -> isText(frame.place()));
    if (ending || random.nextInt(3) == 0) {
      for (char end : (text ? "\"}]:10n" : "}]\":10n").toCharArray()) {
        if (allowed.get(1 + end) && (ending || random.nextBoolean())) {
          return 1 + end;
        }
      }
    }
    int[] ids = allowed.stream().toArray();
    return ids[random.nextInt(ids.length)];
  }

  private static boolean isText(Place place) {
    return place instanceof Place.Chars
        || place instanceof Place.FreeKey
        || place instanceof Place.Literal;
  }

  @Test
  void everySampleOfAThousandRandomSchemasIsValid() {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    int samples = 0;
    for (int seed = 0; seed < 1000; seed++) {
      Random random = new Random(seed);
      String text = RandomSchemas.next(random);
      JsonForm form;
      try {
        form = JsonForm.schema(text, TOKENS);
      } catch (SchemaException e) {
        assertThat(e)
            .as(text)
            .hasMessageMatching("(?s).*(no value can be valid|leads back to itself).*");
        continue;
      }
      Schema schema = registry.getSchema(text, InputFormat.JSON);
      for (int i = 0; i < 5; i++) {
        String json = sample(form, random);
        if (json == null) {
          continue;
        }
        assertThat(schema.validate(json, InputFormat.JSON)).as("%s under %s", json, text).isEmpty();
        samples++;
      }
    }
    assertThat(samples).isGreaterThan(4000);
  }

  @Test
  void anyObjectIsReadBack() {
    JsonForm form = JsonForm.object(TOKENS);
    for (int seed = 0; seed < 300; seed++) {
      String json = sample(form, new Random(seed));
      assertThat(json).isNotNull();
      JsonNode node = JSON.readTree(json);
      assertThat(node.isObject()).as(json).isTrue();
    }
  }

  private static boolean accepts(JsonForm form, String json) {
    JsonState state = form.start().after(json.getBytes(StandardCharsets.UTF_8));
    return state.mayEnd();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\": 1}",
        "{\"a\":-0.5e+3,\"b\":null}",
        "{ \"a\": {\n  \"x\": [1, \"y\\u00e9\\n\", true]}}",
        "{}"
      })
  void objectsAsPeopleWriteThemAreLetThrough(String json) {
    assertThat(accepts(JsonForm.object(TOKENS), json)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[1]", "{\"a\": 01}", "{\"a\": .5}", "{\"a\": 1,}", "{a: 1}", "{\"a\": \"\n\"}",
            "{\"a\": \"\\x\"}",
        "{\"a\": \"\\ud83d\"}", "{\"a\" 1}", "{\"a\": 1}}", "{\"a\": 1", "{\"a\": tru}",
            "{\"a\": 1e}", "1"
      })
  void whatIsNoObjectIsStopped(String json) {
    assertThat(accepts(JsonForm.object(TOKENS), json)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'type':'string','pattern':'a'}|\"pattern\" is not supported",
        "{'type':'object','properties':{'a':{'minimum':1}}}|at /properties/a: the keyword \"minimum\"",
        "{'oneOf':[]}|\"oneOf\"",
        "{'anyOf':[{'type':'null'}],'type':'null'}|\"type\" is not supported beside \"anyOf\"",
        "{'$ref':'#/$defs/no'}|nothing is at #/$defs/no",
        "{'$ref':'other.json'}|a place in the same schema",
        "{'type':'date'}|found \"date\", expected object",
        "{'enum':[]}|expected a list of values",
        "{'$ref':'#'}|leads back to itself",
        "{'anyOf':[{'type':'null'},{'$ref':'#'}]}|leads back to itself",
        "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']}|no value can be valid",
        "{'type':'array','minItems':3,'maxItems':2}|no value can be valid",
        "{'required':['a'],'additionalProperties':false}|no value can be valid",
        "{'type':'array','minItems':-1}|expected a number from 0",
        "[]|expected a schema",
        "nonsense|it is not JSON"
      })
  void aSchemaThatCannotBeHeldIsRefusedByName(String schema, String message) {
    assertThatThrownBy(() -> JsonForm.schema(schema.replace('\'', '"'), TOKENS))
        .isInstanceOf(SchemaException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aKeyThatTheSchemaNamesIsNeverTakenForAnotherOne() {
    JsonForm form =
        JsonForm.schema(
            "{\"properties\": {\"ab\": {\"type\": \"integer\"}}, \"additionalProperties\": {\"type\": \"string\"}}",
            TOKENS);
    assertThat(accepts(form, "{\"ab\": 1}")).isTrue();
    assertThat(accepts(form, "{\"ab\": \"x\"}")).isFalse();
    assertThat(accepts(form, "{\"a\": \"x\", \"abc\": \"y\"}")).isTrue();
    assertThat(accepts(form, "{\"a\": \"x\", \"ab\": 1}")).isFalse();
  }
}
