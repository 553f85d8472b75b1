/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TorchGeneratorTest {

  @Test
  void everyPermutationEqualsTorchs() throws IOException {
    JsonNode table = readTable().get("permutations");
    assertThat(table).hasSizeGreaterThan(40);
    for (JsonNode row : table) {
      long seed = row.get("seed").asLong();
      int n = row.get("n").asInt();
      int[] order = new TorchGenerator(seed).permutation(n);
      int[] first = row.get("first").valueStream().mapToInt(JsonNode::asInt).toArray();
      assertThat(Arrays.copyOf(order, first.length)).as("seed %d, n %d", seed, n).isEqualTo(first);
      int digest = 0;
      for (int index : order) {
        digest = digest * 31 + index;
      }
      assertThat(Integer.toUnsignedLong(digest))
          .as("seed %d, n %d", seed, n)
          .isEqualTo(row.get("digest").asLong());
    }
  }

  @Test
  void normalNumbersAreThoseOfTorchAlsoWhereTheirNumberIsNoMultipleOfSixteen() {
    float[] sixteen = new TorchGenerator(42).normals(16, 1);
    float[] twenty = new TorchGenerator(42).normals(20, 0.02);
    // torch.manual_seed(42); torch.empty(1, 16).normal_(0, 1), and of 20 with 0.02: the first, the
    // numbers around the place from which the last sixteen are drawn anew, and the last.
    assertNear(sixteen, 0, 1.9269153, 1.4872841, 0.9007172, -2.105521, 0.67841846);
    assertNear(sixteen, 13, -0.55943018, -0.76883888, 0.76244539);
    assertNear(twenty, 0, 0.038538303, 0.029745681, 0.018014343, -0.042110417, -0.015162623);
    assertNear(twenty, 18, 0.016068187, -0.012431907);
  }

  private static void assertNear(float[] actual, int from, double... expected) {
    for (int i = 0; i < expected.length; i++) {
      // torch computes the logarithm and the sine in float32 vectors: two digits of 1e-7 are lost.
      assertThat((double) actual[from + i])
          .isCloseTo(expected[i], within(1e-5 * Math.max(0.02, Math.abs(expected[i]))));
    }
  }

  @Test
  void aGeneratorGoesOnWhereItStopped() {
    TorchGenerator generator = new TorchGenerator(1);
    int[] first = generator.permutation(50);
    assertThat(generator.permutation(50)).isNotEqualTo(first);
  }

  @Test
  void theTenThousandthDrawIsThatOfTheReferenceImplementation() {
    // The C++ standard, 29.5.6: the 10000th number of mt19937 with its default seed 5489.
    TorchGenerator generator = new TorchGenerator(5489);
    int draw = 0;
    for (int i = 0; i < 10000; i++) {
      draw = generator.nextInt();
    }
    assertThat(Integer.toUnsignedLong(draw)).isEqualTo(4123659995L);
  }

  @Test
  void aLongHoldsTwoDrawsTheFirstAbove() {
    TorchGenerator pairs = new TorchGenerator(11);
    TorchGenerator single = new TorchGenerator(11);
    long upper = Integer.toUnsignedLong(single.nextInt());
    long lower = Integer.toUnsignedLong(single.nextInt());
    assertThat(pairs.nextLong()).isEqualTo(upper << 32 | lower);
  }

  @Test
  void noElementsMakeAnEmptyOrderAndFewerAreRefused() {
    assertThat(new TorchGenerator(1).permutation(0)).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TorchGenerator(1).permutation(-1))
        .withMessageContaining("-1");
  }

  private static JsonNode readTable() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            TorchGeneratorTest.class.getResourceAsStream("/torch-tables.json"))) {
      return JsonMapper.shared().readTree(in);
    }
  }
}
