/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.row.Origin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenStoreTest {
  @TempDir private Path folder;
  private Path data;
  private TokenCache cache;

  @BeforeEach
  void prepare() throws IOException {
    data = Files.writeString(folder.resolve("pairs.jsonl"), "{}\n");
    cache = new TokenCache(folder.resolve("cache"));
  }

  private TokenCache.Recipe recipe(String options) {
    return new TokenCache.Recipe("pairs", Map.of("data", data), options, "tokenizer");
  }

  private TokenStore<TokenizedPair> pairs(String options) {
    return TokenStore.of(cache, recipe(options), RowCodec.Pairs::new);
  }

  private static int[] ids(Random random, int most) {
    return random.ints(random.nextInt(most) + 1, 0, 300_000).toArray();
  }

  private static List<TokenizedPair> pairs(int count) {
    Random random = new Random(count);
    List<TokenizedPair> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, Double> extras = i % 3 == 0 ? Map.of("weight", i / 7.0) : Map.of();
      Origin origin = new Origin(i % 2 == 0 ? "a.jsonl" : "b.jsonl", i + (1L << 33));
      int[] prompt = ids(random, 9);
      int[] chosen = ids(random, 90);
      int[] rejected = ids(random, 90);
      int[] other = i % 5 == 0 ? ids(random, 8) : prompt;
      rows.add(new TokenizedPair(i, origin, prompt, chosen, rejected, extras, other));
    }
    return rows;
  }

  private static DataReport report(int rows) {
    ReportBuilder builder = new ReportBuilder();
    for (int i = 0; i < rows; i++) {
      builder.lengths("prompt", i);
    }
    builder.tokens(7);
    return builder.build("pairs.jsonl", TokenizeOptions.ofMaxLength(512));
  }

  private static void same(List<TokenizedPair> found, List<TokenizedPair> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = expected.size() - 1; i >= 0; i--) {
      assertThat(found.get(i)).usingRecursiveComparison().isEqualTo(expected.get(i));
    }
  }

  private List<TokenizedPair> keep(String options, List<TokenizedPair> rows, long heap) {
    TokenStore<TokenizedPair> store = pairs(options);
    String key = store.key();
    try (TokenSpool<TokenizedPair> spool =
        new TokenSpool<>(new RowCodec.Pairs(List.of()), cache, key, heap)) {
      rows.forEach(spool::add);
      return spool.finish(new ReportBuilder(), report(rows.size()), store::unchanged);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 33, 1000})
  void pairsComeBackFromTheFileAsTheyWere(int count) {
    List<TokenizedPair> rows = pairs(count);
    same(keep("o", rows, 0), rows);
    TokenStore.Found<TokenizedPair> found = pairs("o").find();
    assertThat(found).isNotNull();
    same(found.rows(), rows);
    assertThat(found.report()).usingRecursiveComparison().isEqualTo(report(count));
  }

  @Test
  void fewRowsStayOnTheHeapAndLeaveNoFile() {
    List<TokenizedPair> rows = pairs(10);
    same(keep("o", rows, 1 << 20), rows);
    assertThat(folder.resolve("cache")).doesNotExist();
    assertThat(pairs("o").find()).isNull();
  }

  @Test
  void otherOptionsDataOrTokenizersAreOthers() throws IOException {
    keep("o", pairs(50), 0);
    assertThat(pairs("other").find()).isNull();
    assertThat(
            TokenStore.of(
                    cache,
                    new TokenCache.Recipe("pairs", Map.of("data", data), "o", "other"),
                    RowCodec.Pairs::new)
                .find())
        .isNull();
    assertThat(pairs("o").find()).isNotNull();
    Files.writeString(data, "{ }\n");
    assertThat(pairs("o").find()).isNull();
  }

  @Test
  void aDamagedFileIsNotRead() throws IOException {
    keep("o", pairs(50), 0);
    Path file = cache.file(pairs("o").key());
    byte[] whole = Files.readAllBytes(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {(byte) (whole[40] ^ 1)}), 40);
    }
    assertThat(pairs("o").find()).isNull();
    for (int length : new int[] {0, 10, whole.length / 2, whole.length - 1}) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThat(pairs("o").find()).as("cut at %d", length).isNull();
    }
  }

  @Test
  void dataThatChangeWhileTheyAreReadAreNotKept() throws IOException {
    TokenStore<TokenizedPair> store = pairs("o");
    try (TokenSpool<TokenizedPair> spool =
        new TokenSpool<>(new RowCodec.Pairs(List.of()), cache, store.key(), 0)) {
      pairs(40).forEach(spool::add);
      Files.writeString(data, "{}\n{}\n");
      same(spool.finish(new ReportBuilder(), report(40), store::unchanged), pairs(40));
    }
    Files.writeString(data, "{}\n");
    assertThat(pairs("o").find()).isNull();
  }

  @Test
  void anExampleComesBackWithItsMaskAndLabel() {
    Random random = new Random(5);
    List<TokenizedExample> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int[] prompt = i % 5 == 0 ? new int[0] : ids(random, 20);
      int[] completion = ids(random, 30);
      int[] uncut = i % 4 == 0 ? ids(random, 60) : completion;
      boolean[] scored = new boolean[prompt.length + completion.length];
      for (int k = 0; k < scored.length; k++) {
        scored[k] = random.nextBoolean();
      }
      Boolean label = i % 3 == 0 ? null : Boolean.valueOf(i % 3 == 1);
      rows.add(
          new TokenizedExample(i, new Origin("a", i), prompt, completion, uncut, scored, label));
    }
    try (TokenSpool<TokenizedExample> spool =
        new TokenSpool<>(new RowCodec.Examples(List.of()), cache, null, 0)) {
      rows.forEach(spool::add);
      List<TokenizedExample> found = spool.finish(new ReportBuilder(), report(1), () -> true);
      for (int i = 0; i < rows.size(); i++) {
        assertThat(found.get(i)).usingRecursiveComparison().isEqualTo(rows.get(i));
      }
    }
    assertThat(folder.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void percentilesOfLengthsAreThoseOfTheSortedList() {
    TreeMap<Integer, Integer> counts = new TreeMap<>(Map.of(1, 50, 2, 45, 7, 4, 100, 1));
    LengthStats stats = LengthStats.of(counts);
    assertThat(stats).isEqualTo(new LengthStats(100, 2.68, 1, 1, 1, 2, 2, 2, 7, 100));
  }
}
