/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.SupervisedDataOptions;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.output.DataDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Supervised fine-tuning as a method of training. */
public final class SftMethod implements TrainingMethod {
  private final ModelConfig model;
  private final SftRows train;
  private final SftRows eval;
  private final DataReport report;
  private final SftRunConfig config;

  public SftMethod(
      ModelConfig model,
      List<TokenizedExample> train,
      @Nullable List<TokenizedExample> eval,
      DataReport report,
      SftRunConfig config) {
    this.model = model;
    SupervisedDataOptions data = config.data();
    this.train = new SftRows(train, data.trainPacks(SftRows.lengths(train)));
    List<TokenizedExample> held = eval == null ? List.of() : eval;
    this.eval = new SftRows(held, data.evalPacks(SftRows.lengths(held)));
    this.report = report;
    this.config = config;
  }

  /** What packing made of the training examples, in words; null where nothing is packed. */
  @Nullable String packed() {
    if (!config.data().packing()) {
      return null;
    }
    long all = IntStream.of(SftRows.lengths(train.examples())).asLongStream().sum();
    long kept = tokensPerEpoch();
    int most = Objects.requireNonNull(config.dataset().limits().maxLength(), "max_length");
    return "packing %s: %d examples are %d packs of at most %d tokens, %.0f %% full%s"
        .formatted(
            config.data().packingStrategy().configName(),
            train.examples().size(),
            train.size(),
            most,
            100.0 * kept / ((double) train.size() * most),
            kept < all ? "; %d tokens of longer examples are cut".formatted(all - kept) : "");
  }

  /** Refuses an option that has no effect on the data. */
  static void check(ExampleDataset data, SupervisedDataOptions options) {
    boolean prompts = data.examples().stream().anyMatch(example -> example.promptIds().length > 0);
    if (Boolean.TRUE.equals(options.completionOnlyLoss()) && !prompts) {
      throw new ConfigException(
          new Fault(
              "completion_only_loss",
              "",
              "has no effect on these data: no row has a prompt, whole texts and conversations are"
                  + " learnt whole. Remove it, or give rows of prompt and completion"));
    }
  }

  @Override
  public String name() {
    return "sft";
  }

  @Override
  public boolean sharesRows() {
    return true;
  }

  @Override
  public String unit() {
    return config.data().packing() ? "packs" : "examples";
  }

  @Override
  public DataReport report() {
    return report;
  }

  @Override
  public int trainRows() {
    return train.size();
  }

  @Override
  public List<int[]> samplePrompts(int count) {
    List<TokenizedExample> held = eval.examples();
    return SamplePrompts.first(
        held.isEmpty() ? train.examples() : held, TokenizedExample::promptIds, count);
  }

  @Override
  public int evalRows() {
    return eval.size();
  }

  @Override
  public String dataSha256() {
    return new DataDigest().addExamples(train.examples()).addExamples(eval.examples()).hex();
  }

  @Override
  public long tokensPerEpoch() {
    return IntStream.range(0, train.size()).mapToLong(train::tokens).sum();
  }

  @Override
  public long longestPass(int[] microBatch) {
    return train.longestPass(model, microBatch);
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("loss_type", config.loss().lossType().configName());
    return facts;
  }

  @Override
  public void showEnds(LearntEnd end) {
    for (TokenizedExample row : train.examples()) {
      if (row.completionIds().length == row.uncutCompletionIds().length) {
        end.add(learnt(row));
      }
    }
  }

  private static int[] learnt(TokenizedExample row) {
    int[] all = row.sequence();
    return IntStream.range(0, all.length).filter(i -> row.scored()[i]).map(i -> all[i]).toArray();
  }

  @Override
  public TrainTask open(CausalLm policy, RunContext surroundings) {
    return task(policy, surroundings.share());
  }

  @Override
  public TrainTask openEvaluation(CausalLm policy) {
    return task(policy, RankRows.ALL);
  }

  private TrainTask task(CausalLm policy, RankRows share) {
    return new SftTask(
        policy, train, eval, config.loss().dft(), config.eval().perDeviceEvalBatchSize(), share);
  }
}
