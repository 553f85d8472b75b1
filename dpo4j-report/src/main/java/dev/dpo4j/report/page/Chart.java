/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import java.util.List;

/**
 * A plot: some metrics over the steps.
 *
 * @param id its name in the page
 * @param title what is shown
 * @param note what to look for
 * @param unit unit of the values, empty for none
 * @param metrics the metrics of training that belong together; those of an evaluation are added
 */
record Chart(String id, Words title, Words note, Words unit, List<String> metrics) {
  private static final Words NATS = new Words("nats", "奈特");
  private static final Words NONE = Words.same("");

  /** What people look at first stands first. */
  static final List<Chart> KNOWN =
      List.of(
          of("loss", "Loss", "损失", "", "", NONE, "loss"),
          of(
              "accuracies",
              "Reward accuracy",
              "奖励准确率",
              "Share of pairs whose chosen answer has the greater reward.",
              "所选回答奖励更高的样本对占比。",
              NONE,
              "rewards/accuracies"),
          of(
              "margins",
              "Reward margin",
              "奖励差",
              "Reward of the chosen minus reward of the rejected answer.",
              "所选回答与被拒回答的奖励之差。",
              NONE,
              "rewards/margins"),
          of(
              "rewards",
              "Rewards",
              "奖励",
              "Where both fall, both answers become less probable.",
              "两条曲线同时下降，说明两个回答的概率都在降低。",
              NONE,
              "rewards/chosen",
              "rewards/rejected"),
          of(
              "logps",
              "Log-probabilities of the answers",
              "回答的对数概率",
              "",
              "",
              NATS,
              "logps/chosen",
              "logps/rejected"),
          of(
              "displacement",
              "Displacement of the chosen answers",
              "所选回答的概率偏移",
              "Below 0 the chosen answers have become less probable than for the reference.",
              "低于 0 表示所选回答的概率已低于参考模型。",
              new Words("nats per token", "奈特/词元"),
              "logps/chosen_shift"),
          of("kl", "KL to the reference", "与参考模型的 KL 散度", "", "", NATS, "kl"),
          of("grad_norm", "Gradient norm", "梯度范数", "Before clipping.", "裁剪之前。", NONE, "grad_norm"),
          of("learning_rate", "Learning rate", "学习率", "", "", NONE, "learning_rate"),
          of(
              "speed",
              "Speed",
              "速度",
              "",
              "",
              new Words("tokens per second", "词元/秒"),
              "tokens_per_second"),
          of(
              "memory",
              "Memory of the process",
              "进程内存",
              "",
              "",
              Words.same("GiB"),
              "memory_bytes",
              "peak_device_bytes"),
          of("entropy", "Entropy", "熵", "", "", NATS, "entropy"),
          of(
              "token_accuracy",
              "Token accuracy",
              "词元准确率",
              "Share of tokens that the policy itself puts first.",
              "策略模型首选即为目标词元的占比。",
              NONE,
              "mean_token_accuracy"),
          of(
              "lengths",
              "Length of the answers",
              "回答长度",
              "",
              "",
              new Words("tokens", "词元"),
              "lengths/chosen",
              "lengths/rejected"),
          of(
              "length_correlation",
              "Correlation of margin and length",
              "奖励差与长度的相关性",
              "Far from 0 the model learns length.",
              "明显偏离 0 说明模型在学习长度。",
              NONE,
              "rewards/length_correlation"),
          of("ties", "Ties", "奖励相等", "", "", NONE, "rewards/ties"),
          of(
              "logits",
              "Mean logits",
              "平均 logits",
              "",
              "",
              NONE,
              "logits/chosen",
              "logits/rejected"));

  private static Chart of(
      String id,
      String en,
      String zh,
      String noteEn,
      String noteZh,
      Words unit,
      String... metrics) {
    return new Chart(id, new Words(en, zh), new Words(noteEn, noteZh), unit, List.of(metrics));
  }

  /** The plot of a metric that stands in no other. */
  static Chart alone(String metric) {
    return new Chart(
        metric.replaceAll("[^A-Za-z0-9]+", "_"), Words.same(metric), NONE, NONE, List.of(metric));
  }
}
