/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.TokenCheck;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.doctor.DataDoctor;
import dev.dpo4j.doctor.DoctorParts;
import dev.dpo4j.doctor.DoctorParts.Part;
import dev.dpo4j.doctor.report.DoctorReport;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.reference.ModelScorer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/**
 * Examines preference data before training, as {@code dpo4j data doctor} does on one machine.
 *
 * <pre>{@code
 * DoctorReport report = SparkDoctor.of(pairs).model("model", 1024).examine();
 * }</pre>
 *
 * <p>The executors look at the rows, each by itself: they tokenise, score and take fingerprints of
 * the texts. The driver compares the rows with each other by what they send, about 2 kB a row, in
 * an amount of memory that does not grow with the number of rows.
 */
public final class SparkDoctor {
  private static final String NAME = "Dataset";
  private static final String HELD = "evaluation";

  private static final StructType SCHEMA =
      new StructType()
          .add("line", DataTypes.LongType, false)
          .add("looked", DataTypes.BinaryType, false)
          .add("fault", DataTypes.StringType, false);

  private final Dataset<Row> rows;
  private @Nullable Dataset<Row> held;
  private @Nullable String model;
  private @Nullable Integer maxLength;
  private boolean scores;
  private double near = DataDoctor.NEAR;
  private int examples = DataDoctor.EXAMPLES;

  private SparkDoctor(Dataset<Row> rows) {
    this.rows = rows;
  }

  /**
   * Begins with the training data.
   *
   * @param rows pairs in any form that dpo4j reads; the report counts them by partition and
   *     position, from 1
   */
  public static SparkDoctor of(Dataset<Row> rows) {
    return new SparkDoctor(rows);
  }

  /** Looks for rows of these data in the training data, too. */
  public SparkDoctor evaluation(Dataset<Row> evaluation) {
    this.held = evaluation;
    return this;
  }

  /**
   * Tokenises the rows as a run would, and measures lengths in tokens.
   *
   * @param folder the folder of the model, which the driver and all executors must see
   * @param most most tokens of prompt and answer together, or null for no limit
   */
  public SparkDoctor model(String folder, @Nullable Integer most) {
    this.model = Path.of(folder).toAbsolutePath().toString();
    this.maxLength = most;
    return this;
  }

  /** Scores all answers with the model and looks for flipped labels; needs {@link #model}. */
  public SparkDoctor score() {
    this.scores = true;
    return this;
  }

  /** Takes pairs as nearly the same from another similarity on, above 0 and at most 1. */
  public SparkDoctor near(double similarity) {
    if (!(similarity > 0 && similarity <= 1)) {
      throw new IllegalArgumentException(
          "the similarity must be above 0 and at most 1 but was " + similarity);
    }
    this.near = similarity;
    return this;
  }

  /** Keeps so many examples of each finding, at least one. */
  public SparkDoctor examples(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least one example is kept but got " + count);
    }
    this.examples = count;
    return this;
  }

  /** Looks at all rows on the executors and says what was found. */
  public DoctorReport examine() {
    String folder = model;
    if (scores && folder == null) {
      throw new IllegalStateException("a model scores the answers: call model(...) first");
    }
    DoctorParts parts = new DoctorParts(NAME, near, examples);
    Dataset<Row> looked = new Task(folder, maxLength, scores).over(rows, SCHEMA);
    Dataset<Row> evaluation = held == null ? null : new Task(null, null, false).over(held, SCHEMA);
    try (Kept data = new Kept(looked);
        Kept other = new Kept(evaluation);
        HfTokenizer tokenizer = folder == null ? null : LanguageModel.tokenizer(Path.of(folder))) {
      DoctorParts.Looked beside =
          evaluation == null ? null : new DoctorParts.Looked(HELD, other.parts());
      return parts.examine(data.parts(), beside, tokenizer);
    }
  }

  /** What the executors have seen, which they keep on their disks until the driver has taken it. */
  private record Kept(@Nullable Dataset<Row> rows) implements AutoCloseable {
    Iterator<Part> parts() {
      Dataset<Row> all = rows;
      if (all == null) {
        return List.<Part>of().iterator();
      }
      all.persist(StorageLevel.DISK_ONLY());
      all.count(); // All partitions at once: the driver takes them one after the other.
      Iterator<Row> found = all.toLocalIterator();
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return found.hasNext();
        }

        @Override
        public Part next() {
          Row row = found.next();
          return new Part(row.getLong(0), row.getAs(1), row.getString(2));
        }
      };
    }

    @Override
    public void close() {
      if (rows != null) {
        rows.unpersist();
      }
    }
  }

  private static final class Task extends PartitionTask {
    private static final long serialVersionUID = 1L;

    private final @Nullable String model;
    private final @Nullable Integer maxLength;
    private final boolean scores;

    Task(@Nullable String model, @Nullable Integer maxLength, boolean scores) {
      this.model = model;
      this.maxLength = maxLength;
      this.scores = scores;
    }

    @Override
    List<Row> rows(Path file, long first) {
      PreferenceRows rows = PreferenceRows.read(file);
      TokenizeOptions options = TokenizeOptions.ofMaxLength(maxLength);
      if (model == null) {
        return rows(DoctorParts.look(rows, null, null), first);
      }
      if (!scores) {
        try (HfTokenizer tokenizer = LanguageModel.tokenizer(Path.of(model))) {
          TokenCheck check = new TokenCheck(tokenizer.chat(), options);
          return rows(DoctorParts.look(rows, check, null), first);
        }
      }
      try (ExecutorModel used = ExecutorModel.use(model)) {
        TokenCheck check = new TokenCheck(used.language().chat(), options);
        ModelScorer scorer = new ModelScorer(used.network());
        return rows(
            DoctorParts.look(
                rows, check, pair -> ExecutorModel.thread().call(() -> scorer.score(pair))),
            first);
      }
    }

    private static List<Row> rows(List<Part> parts, long first) {
      return parts.stream()
          .map(part -> RowFactory.create(first + part.line(), part.looked(), part.fault()))
          .toList();
    }
  }
}
