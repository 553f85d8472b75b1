/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.kto.KtoRun;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.reward.RewardRun;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.sft.SftRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A method of training that the executors of a cluster share: how its rows are tokenised, and how a
 * rank runs it.
 *
 * @param <C> its configuration
 * @param <D> its tokenised rows
 */
abstract sealed class RankMethod<C extends Record & RunConfig, D> {
  private static final List<RankMethod<?, ?>> ALL =
      List.of(new Dpo(), new Kto(), new Sft(), new Reward());

  private final String name;
  private final Class<C> type;
  private final Binder<C> binder;

  private RankMethod(String name, Class<C> type, Binder<C> binder) {
    this.name = name;
    this.type = type;
    this.binder = binder;
  }

  /** What a run works on; a model is closed by the caller. */
  record Parts<D>(
      LanguageModel policy, @Nullable LanguageModel reference, D train, @Nullable D eval) {}

  /** The method of a command such as {@code dpo}. */
  static Optional<RankMethod<?, ?>> of(String name) {
    return ALL.stream().filter(method -> method.name.equals(name)).findFirst();
  }

  /** The method that a configuration is for. */
  static RankMethod<?, ?> of(RunConfig config) {
    return ALL.stream()
        .filter(method -> method.type.isInstance(config))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "a cluster trains %s, and %s is the configuration of none of them"
                        .formatted(names(), config.getClass().getSimpleName())));
  }

  /** The names of all methods, for a message. */
  static String names() {
    return ALL.stream().map(method -> method.name).collect(Collectors.joining(", "));
  }

  final String name() {
    return name;
  }

  final Binder<C> binder() {
    return binder;
  }

  /** Reads a configuration that {@code toYaml} has written, with other values for some keys. */
  final C bind(String yaml, List<String> flags) {
    return binder
        .bind(YamlSource.parse(yaml, "the configuration of the run"), FlagSource.parse(flags))
        .value();
  }

  /** The folder of the model to train. */
  final @Nullable String modelFolder(RunConfig config) {
    return model(type.cast(config));
  }

  /** The folder of the reference, or null. */
  final @Nullable String referenceFolder(RunConfig config) {
    return reference(type.cast(config));
  }

  abstract @Nullable String model(C config);

  @Nullable String reference(C config) {
    return null;
  }

  LanguageModel load(Path folder, C config) {
    return config.texts().model(folder, config.peft().base());
  }

  /** Whether a row becomes the same tokens, at the same place, without the rows around it. */
  abstract boolean rowsStandAlone(C config);

  /** Tokenises rows into a file. */
  abstract void tokenize(ChatTokenizer tokenizer, C config, DataSource source, Path into);

  /** Takes the rows of such files. */
  abstract D open(List<Path> tokens, String name);

  abstract DataReport report(D data);

  abstract TrainResult train(Parts<D> parts, C config, RunHooks hooks);

  private static final class Dpo extends RankMethod<DpoConfig, PreferenceDataset> {
    Dpo() {
      super("dpo", DpoConfig.class, DpoConfig.binder());
    }

    @Override
    @Nullable String model(DpoConfig config) {
      return config.model().modelNameOrPath();
    }

    @Override
    @Nullable String reference(DpoConfig config) {
      return config.model().refModelNameOrPath();
    }

    @Override
    boolean rowsStandAlone(DpoConfig config) {
      return IndependentRows.areIn(config.data().dataset(), config.data().ranked());
    }

    @Override
    void tokenize(ChatTokenizer tokenizer, DpoConfig config, DataSource source, Path into) {
      PreferenceRows.read(source, config.data().ranked())
          .into(into)
          .tokenize(tokenizer, config.data().tokenizeOptions());
    }

    @Override
    PreferenceDataset open(List<Path> tokens, String name) {
      return PreferenceRows.ofTokens(tokens, name);
    }

    @Override
    DataReport report(PreferenceDataset data) {
      return data.report();
    }

    @Override
    TrainResult train(Parts<PreferenceDataset> parts, DpoConfig config, RunHooks hooks) {
      DpoRun.Parts all =
          new DpoRun.Parts(parts.policy(), parts.reference(), parts.train(), parts.eval());
      return DpoRun.of(all, config, hooks).run();
    }
  }

  private static final class Reward extends RankMethod<RewardConfig, PreferenceDataset> {
    Reward() {
      super("reward", RewardConfig.class, RewardConfig.binder());
    }

    @Override
    @Nullable String model(RewardConfig config) {
      return config.model().modelNameOrPath();
    }

    @Override
    LanguageModel load(Path folder, RewardConfig config) {
      return config.texts().rewardModel(folder, config.peft().base(), config.loop().seed());
    }

    @Override
    boolean rowsStandAlone(RewardConfig config) {
      return IndependentRows.areIn(config.data().dataset(), config.data().ranked());
    }

    @Override
    void tokenize(ChatTokenizer tokenizer, RewardConfig config, DataSource source, Path into) {
      PreferenceRows.read(source, config.data().ranked())
          .into(into)
          .tokenizeSequences(tokenizer, config.data().tokenizeOptions(), rows -> false);
    }

    @Override
    PreferenceDataset open(List<Path> tokens, String name) {
      return PreferenceRows.ofTokens(tokens, name);
    }

    @Override
    DataReport report(PreferenceDataset data) {
      return data.report();
    }

    @Override
    TrainResult train(Parts<PreferenceDataset> parts, RewardConfig config, RunHooks hooks) {
      RewardRun.Parts all = new RewardRun.Parts(parts.policy(), parts.train(), parts.eval());
      return RewardRun.of(all, config, hooks).run();
    }
  }

  private static final class Sft extends RankMethod<SftConfig, ExampleDataset> {
    Sft() {
      super("sft", SftConfig.class, SftConfig.binder());
    }

    @Override
    @Nullable String model(SftConfig config) {
      return config.model().modelNameOrPath();
    }

    @Override
    boolean rowsStandAlone(SftConfig config) {
      return IndependentRows.areIn(config.dataset());
    }

    @Override
    void tokenize(ChatTokenizer tokenizer, SftConfig config, DataSource source, Path into) {
      TrainingRows.read(source)
          .into(into)
          .tokenizeSupervised(tokenizer, config.data().supervisedOptions());
    }

    @Override
    ExampleDataset open(List<Path> tokens, String name) {
      return TrainingRows.ofTokens(tokens, name);
    }

    @Override
    DataReport report(ExampleDataset data) {
      return data.report();
    }

    @Override
    TrainResult train(Parts<ExampleDataset> parts, SftConfig config, RunHooks hooks) {
      SftRun.Parts all = new SftRun.Parts(parts.policy(), parts.train(), parts.eval());
      return SftRun.of(all, config, hooks).run();
    }
  }

  private static final class Kto extends RankMethod<KtoConfig, ExampleDataset> {
    Kto() {
      super("kto", KtoConfig.class, KtoConfig.binder());
    }

    @Override
    @Nullable String model(KtoConfig config) {
      return config.model().modelNameOrPath();
    }

    @Override
    @Nullable String reference(KtoConfig config) {
      return config.model().refModelNameOrPath();
    }

    /** Pairs are split in blocks of rows, which the files of partitions would cut. */
    @Override
    boolean rowsStandAlone(KtoConfig config) {
      return false;
    }

    @Override
    void tokenize(ChatTokenizer tokenizer, KtoConfig config, DataSource source, Path into) {
      TrainingRows.read(source, config.ranked())
          .into(into)
          .tokenizeLabelled(tokenizer, config.dataset().limits());
    }

    @Override
    ExampleDataset open(List<Path> tokens, String name) {
      return TrainingRows.ofTokens(tokens, name);
    }

    @Override
    DataReport report(ExampleDataset data) {
      return data.report();
    }

    @Override
    TrainResult train(Parts<ExampleDataset> parts, KtoConfig config, RunHooks hooks) {
      KtoRun.Parts all =
          new KtoRun.Parts(parts.policy(), parts.reference(), parts.train(), parts.eval());
      return KtoRun.of(all, config, hooks).run();
    }
  }
}
