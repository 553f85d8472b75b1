/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** What people who know other tools type, and the command that they mean. */
final class NearCommands {
  private static final Map<String, String> MEANINGS = meanings();

  private NearCommands() {}

  private static Map<String, String> meanings() {
    Map<String, String> meanings = new HashMap<>();
    put(
        meanings,
        "dpo, sft, kto or reward",
        "train",
        "training",
        "finetune",
        "fine-tune",
        "fit",
        "run");
    put(meanings, "dpo", "align", "preference", "ipo", "trl");
    put(meanings, "ppo, grpo, rloo or online_dpo", "rlhf", "rl");
    put(meanings, "cpo", "simpo");
    put(meanings, "config", "init", "new", "yaml", "migrate", "settings");
    put(meanings, "sft", "pretrain", "instruct", "supervised");
    put(
        meanings,
        "eval, logps (log-probs of a file) or judge",
        "evaluate",
        "evaluation",
        "test",
        "benchmark-model");
    put(meanings, "launch", "torchrun", "accelerate", "distributed", "mpirun");
    put(meanings, "generate", "infer", "inference", "predict", "answer", "ask", "complete");
    put(meanings, "chat", "talk", "repl", "console", "converse");
    put(meanings, "serve", "server", "api", "openai", "host", "deploy");
    put(meanings, "bench", "benchmark", "speed", "profile");
    put(meanings, "hub download", "download", "pull", "get", "fetch");
    put(meanings, "hub push", "push", "upload", "publish");
    put(meanings, "hub ls", "ls", "list", "models");
    put(meanings, "hub login", "login", "auth");
    put(meanings, "hub logout", "logout");
    put(meanings, "hub whoami", "whoami");
    put(meanings, "data inspect", "inspect", "preview", "show", "dataset");
    put(meanings, "data doctor", "check", "lint", "validate", "clean");
    put(meanings, "studio", "ui", "web", "board", "webui", "dashboard");
    put(meanings, "report", "plot", "curves", "compare", "tensorboard");
    put(meanings, "export or merge", "convert");
    put(meanings, "label", "annotate", "annotation");
    put(meanings, "explain", "loss", "losses", "docs");
    put(meanings, "--version", "version");
    return meanings;
  }

  private static void put(Map<String, String> meanings, String command, String... guesses) {
    for (String guess : guesses) {
      meanings.put(guess, command);
    }
  }

  /** Returns the command that a word stands for, or nothing. */
  static String meaningOf(String word) {
    return MEANINGS.getOrDefault(word.toLowerCase(Locale.ROOT), "");
  }
}
