/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.packing.Packing;
import dev.dpo4j.data.packing.PackingStrategy;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Every strategy makes the packs that TRL makes, in TRL's order; see golden/packing.py. */
class PackingParityTest {

  @TestFactory
  Stream<DynamicTest> everyPackHasTheTokensThatTrlPacks() {
    return Stream.of("1.16.0", "0.19.1").flatMap(PackingParityTest::tests);
  }

  private static Stream<DynamicTest> tests(String version) {
    JsonNode golden = Golden.read("packing-" + version + ".json");
    int[] lengths = Golden.ints(golden.get("lengths"));
    int size = golden.get("size").asInt();
    return golden.get("packs").properties().stream()
        .map(
            (Map.Entry<String, JsonNode> entry) ->
                DynamicTest.dynamicTest(
                    entry.getKey() + " of TRL " + version,
                    () -> {
                      PackingStrategy strategy =
                          PackingStrategy.valueOf(entry.getKey().toUpperCase(Locale.ROOT));
                      compare(Packing.of(strategy, lengths, size), entry.getValue(), size);
                    }));
  }

  private static void compare(Packing packing, JsonNode packs, int size) {
    assertThat(packs).hasSizeGreaterThan(300);
    assertThat(packing.packs()).hasSize(packs.size());
    for (int i = 0; i < packs.size(); i++) {
      List<Packing.Slice> found = packing.packs().get(i);
      List<Packing.Slice> wanted =
          packs.get(i).values().stream()
              .map(s -> new Packing.Slice(s.get(0).asInt(), s.get(1).asInt(), s.get(2).asInt()))
              .toList();
      assertThat(found).as("pack %d", i).isEqualTo(wanted);
      assertThat(found.stream().mapToInt(Packing.Slice::length).sum()).isLessThanOrEqualTo(size);
    }
  }
}
