/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.judge.PromptTexts;
import dev.dpo4j.judge.ScoringJudge;
import dev.dpo4j.judge.endpoint.Endpoint;
import dev.dpo4j.judge.endpoint.EndpointKeys;
import dev.dpo4j.judge.endpoint.RetryPolicy;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.rollout.EndpointReward;
import dev.dpo4j.train.rollout.RewardFunction;
import dev.dpo4j.train.rollout.RewardRules;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.RewardSourceOptions;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.RolloutRunConfig;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.TrainingRun;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Makes what judges the answers of a run out of the options that name it. */
final class RewardSetup {
  private static final String FUNCTIONS = "reward_funcs";
  private static final int TRIES = 6;
  private static final Duration DELAY = Duration.ofSeconds(1);
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final RewardSourceOptions options;
  private final RolloutRunConfig config;
  private final Map<String, String> environment;
  private final ModelJudge judge;
  private final List<WeightedReward> rewards = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /** Makes the judge of a reward model's folder. */
  interface ModelJudge {
    RewardSource load(Path folder, ComputeOptions compute);
  }

  RewardSetup(RolloutRunConfig config, Map<String, String> environment, ModelJudge judge) {
    this.options = config.rewards();
    this.config = config;
    this.environment = environment;
    this.judge = judge;
  }

  /**
   * Looks whether all that is to judge is there, without loading a model.
   *
   * @throws ConfigException if nothing is named, or what is named cannot be used
   */
  static void check(RewardSourceOptions options) {
    if (options.count() == 0) {
      throw new ConfigException(
          new Fault(
              FUNCTIONS,
              "",
              "is missing: name something that judges answers, with reward_model_name_or_path, reward_funcs or reward_base_url"));
    }
    for (String folder : options.models()) {
      LanguageModel.requireReward(Path.of(folder));
    }
    ClassLoader loader = loader(options);
    for (String name : options.functions()) {
      function(name, loader);
    }
  }

  /**
   * Loads all that judges, after {@link #check}; the caller closes it.
   *
   * @throws ConfigException if what is named cannot be used
   */
  Rewards make() {
    boolean done = false;
    try {
      for (String folder : options.models()) {
        Path path = Path.of(folder);
        add(
            String.valueOf(path.toAbsolutePath().normalize().getFileName()),
            judge.load(path, TrainingRun.computeOptions(config.loop())));
      }
      functions();
      String url = options.rewardBaseUrl();
      if (url != null) {
        add(Objects.requireNonNull(options.rewardJudgeModel()), endpoint(url));
      }
      done = true;
      return new Rewards(rewards);
    } finally {
      if (!done) {
        rewards.forEach(reward -> reward.source().close());
      }
    }
  }

  /** Two of the same name are told apart by their place. */
  private void add(String name, RewardSource source) {
    String own = names.add(name) ? name : name + "_" + (rewards.size() + 1);
    names.add(own);
    rewards.add(new WeightedReward(own, options.weight(rewards.size()), source));
  }

  private void functions() {
    ClassLoader loader = loader(options);
    for (String name : options.functions()) {
      RewardFunction function = function(name, loader);
      String plain = name.substring(name.lastIndexOf('.') + 1);
      add(plain, function.source(plain));
    }
  }

  private static RewardFunction function(String name, ClassLoader loader) {
    return RewardRules.find(name).orElseGet(() -> ofClass(name, loader));
  }

  private static ClassLoader loader(RewardSourceOptions options) {
    List<URL> places = new ArrayList<>();
    for (String place : classPath(options)) {
      Path path = Path.of(place);
      if (!Files.exists(path)) {
        throw new ConfigException(
            new Fault("reward_class_path", "", path + " does not exist: name jars or folders"));
      }
      try {
        places.add(path.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new ConfigException(new Fault("reward_class_path", "", String.valueOf(e)));
      }
    }
    // It lives as long as the functions, which is until the process ends.
    return new URLClassLoader(places.toArray(URL[]::new), RewardSetup.class.getClassLoader());
  }

  private static List<String> classPath(RewardSourceOptions options) {
    List<String> path = options.rewardClassPath();
    return path == null ? List.of() : path;
  }

  private static RewardFunction ofClass(String name, ClassLoader loader) {
    try {
      Object made = Class.forName(name, true, loader).getDeclaredConstructor().newInstance();
      if (made instanceof RewardFunction function) {
        return function;
      }
      throw fault(name, "does not implement " + RewardFunction.class.getName());
    } catch (ClassNotFoundException e) {
      throw fault(
          name,
          "is neither a built-in rule (%s) nor a class on the class path: check the name, or set reward_class_path"
              .formatted(String.join(", ", RewardRules.names())));
    } catch (ReflectiveOperationException | LinkageError e) {
      throw fault(
          name, "cannot be made, which needs a public constructor without parameters: " + cause(e));
    }
  }

  private static Throwable cause(Throwable e) {
    Throwable cause = e.getCause();
    return cause == null ? e : cause;
  }

  private static ConfigException fault(String name, String message) {
    return new ConfigException(new Fault(FUNCTIONS, "", name + " " + message));
  }

  private EndpointReward endpoint(String url) {
    Endpoint endpoint =
        new EndpointKeys("reward_base_url", "reward_api_key_env")
            .open(url, options.rewardApiKeyEnv(), environment, TIMEOUT);
    return new EndpointReward(
        new ScoringJudge(Objects.requireNonNull(options.rewardJudgeModel()), rubric()),
        new EndpointReward.Access(
            endpoint,
            new RetryPolicy(TRIES, DELAY),
            options.rewardConcurrency(),
            Duration.ofMillis((long) (options.rewardPatience() * 1000))),
        Objects.requireNonNull(config.output().outputDir()).resolve(EndpointReward.FILE_NAME));
  }

  private String rubric() {
    String file = options.rewardRubric();
    return file == null
        ? PromptTexts.scoring()
        : PromptTexts.ofFile("reward_rubric", Path.of(file));
  }
}
