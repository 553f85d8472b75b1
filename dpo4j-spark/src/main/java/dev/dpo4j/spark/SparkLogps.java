/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.train.reference.ModelScorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Scores the answers of preference data with a model, partition by partition, as {@code dpo4j
 * logps} does on one machine.
 */
public final class SparkLogps {
  private static final ArrayType IDS = DataTypes.createArrayType(DataTypes.IntegerType, false);

  private static final StructType SCHEMA =
      new StructType()
          .add("row", DataTypes.LongType, false)
          .add("prompt_ids", IDS, false)
          .add("chosen_ids", IDS, false)
          .add("rejected_ids", IDS, false)
          .add("chosen_logp", DataTypes.DoubleType, false)
          .add("rejected_logp", DataTypes.DoubleType, false);

  private SparkLogps() {}

  /**
   * Computes the log-probabilities of the chosen and rejected answers, in nats.
   *
   * @param rows pairs in any form that dpo4j reads
   * @param model the folder of the model, which all executors must see
   * @param maxLength most tokens of prompt and answer together, or null for no limit
   * @return for each pair that is not dropped the number of its row (by partition and position),
   *     its token ids, and the columns {@code chosen_logp} and {@code rejected_logp}
   */
  public static Dataset<Row> of(Dataset<Row> rows, String model, @Nullable Integer maxLength) {
    String folder = Path.of(model).toAbsolutePath().toString();
    return new Task(folder, maxLength).over(rows, SCHEMA);
  }

  private static final class Task extends PartitionTask {
    private static final long serialVersionUID = 1L;

    private final String model;
    private final @Nullable Integer maxLength;

    Task(String model, @Nullable Integer maxLength) {
      this.model = model;
      this.maxLength = maxLength;
    }

    @Override
    List<Row> rows(Path file, long first) {
      try (ExecutorModel held = ExecutorModel.use(model)) {
        PreferenceDataset pairs =
            PreferenceRows.read(file)
                .tokenize(held.language().chat(), TokenizeOptions.ofMaxLength(maxLength));
        List<Row> scored = new ArrayList<>();
        for (TokenizedPair pair : pairs.pairs()) {
          PairScore logps =
              ExecutorModel.thread().call(() -> new ModelScorer(held.network()).score(pair));
          scored.add(
              RowFactory.create(
                  first + pair.row(),
                  pair.promptIds(),
                  pair.chosenIds(),
                  pair.rejectedIds(),
                  logps.chosen(),
                  logps.rejected()));
        }
        return scored;
      }
    }
  }
}
