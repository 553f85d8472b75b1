/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.train.reward.RewardRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Scores preference pairs or answers with a reward model, partition by partition, as {@code dpo4j
 * score} does on one machine.
 */
public final class SparkScore {
  private static final String JSON = "json";
  private static final String ROW = "row";

  private static final StructType PAIRS =
      new StructType()
          .add(ROW, DataTypes.LongType, false)
          .add(RewardRows.SCORE_CHOSEN, DataTypes.DoubleType, false)
          .add(RewardRows.SCORE_REJECTED, DataTypes.DoubleType, false)
          .add(JSON, DataTypes.StringType, false);

  private static final StructType ANSWERS =
      new StructType()
          .add(ROW, DataTypes.LongType, false)
          .add(RewardRows.SCORE, DataTypes.DoubleType, false)
          .add(JSON, DataTypes.StringType, false);

  private SparkScore() {}

  /**
   * Scores both answers of each pair.
   *
   * @param rows pairs in any form that dpo4j reads
   * @param model the folder of the reward model, which all executors must see
   * @param maxLength pairs with a longer sequence, in tokens, are left out; null for no limit
   * @return for each pair that is not left out the number of its row (by partition and position),
   *     {@code score_chosen}, {@code score_rejected}, and the line of {@code json} that the command
   *     writes
   */
  public static Dataset<Row> pairs(Dataset<Row> rows, String model, @Nullable Integer maxLength) {
    return new Task(folder(model), maxLength, true).over(rows, PAIRS);
  }

  /**
   * Scores single answers.
   *
   * @param rows prompts with their answers in any form that dpo4j reads
   * @return for each row that is not left out its number, {@code score}, and the line of {@code
   *     json} that the command writes
   * @see #pairs
   */
  public static Dataset<Row> answers(Dataset<Row> rows, String model, @Nullable Integer maxLength) {
    return new Task(folder(model), maxLength, false).over(rows, ANSWERS);
  }

  private static String folder(String model) {
    return Path.of(model).toAbsolutePath().toString();
  }

  private static final class Task extends PartitionTask {
    private static final long serialVersionUID = 1L;

    private final String model;
    private final @Nullable Integer maxLength;
    private final boolean pairs;

    Task(String model, @Nullable Integer maxLength, boolean pairs) {
      this.model = model;
      this.maxLength = maxLength;
      this.pairs = pairs;
    }

    @Override
    List<Row> rows(Path file, long first) {
      try (ExecutorModel held = ExecutorModel.useReward(model)) {
        return ExecutorModel.thread().call(() -> scored(held, file, first));
      }
    }

    private List<Row> scored(ExecutorModel held, Path file, long first) {
      List<Row> scored = new ArrayList<>();
      RewardRows rows = new RewardRows(held.language().chat(), held.rewards(), maxLength);
      if (pairs) {
        rows.pairs(
            PreferenceRows.read(file),
            (row, columns) ->
                scored.add(
                    RowFactory.create(
                        first + row,
                        columns.get(RewardRows.SCORE_CHOSEN),
                        columns.get(RewardRows.SCORE_REJECTED),
                        RewardRows.json(columns))));
      } else {
        rows.answers(
            TrainingRows.read(file, "train"),
            (row, columns) ->
                scored.add(
                    RowFactory.create(
                        first + row, columns.get(RewardRows.SCORE), RewardRows.json(columns))));
      }
      return scored;
    }
  }
}
