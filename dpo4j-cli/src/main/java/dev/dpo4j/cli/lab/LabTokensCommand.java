/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.api.Dpo;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.loss.pair.DpoLoss;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Locale;
import picocli.CommandLine.Command;

/** Works out DPO's loss on a vocabulary of three tokens. */
@Command(
    name = "tokens",
    description = {
      "Work out DPO's loss of one pair on a vocabulary of three tokens: a, b and c.",
      "",
      "The chosen answer is 'a b', the rejected one 'c a'. Each step prints the numbers that the "
          + "tutorial \"DPO from zero\" works out by hand."
    })
public final class LabTokensCommand extends BoundCommand<LabTokensCommand.Options> {
  private static final int VOCABULARY = 3;

  /** Logits of a, b and c: before the answer, and after its first token. The last row is unused. */
  private static final float[] POLICY = {2, 1, 0, 0, 1, 1, 0, 0, 0};

  private static final float[] REFERENCE = {1, 1, 1, 1, 1, 1, 0, 0, 0};

  /** A token of the prompt, then the answer. */
  private static final int[] CHOSEN = {1, 0, 1};

  private static final int[] REJECTED = {1, 2, 0};

  private final Console console;

  /** Strength of the tie to the reference. */
  record Options(
      @Option(defaultValue = "0.1", range = "(0,inf)", help = "beta of the loss.") double beta) {}

  public LabTokensCommand(Console console) {
    super(Binder.of(Options.class));
    this.console = console;
  }

  @Override
  protected ExitCode run(Options options) {
    double beta = options.beta();
    try (Scope scope = Scope.open()) {
      double policyChosen = logp(POLICY, CHOSEN);
      double policyRejected = logp(POLICY, REJECTED);
      double referenceChosen = logp(REFERENCE, CHOSEN);
      double referenceRejected = logp(REFERENCE, REJECTED);
      DpoLoss loss =
          Dpo.dpoLoss(
              new double[] {policyChosen},
              new double[] {policyRejected},
              new double[] {referenceChosen},
              new double[] {referenceRejected},
              beta);
      line("log pi(a b)", policyChosen);
      line("log pi(c a)", policyRejected);
      line("log pi_ref(a b)", referenceChosen);
      line("log pi_ref(c a)", referenceRejected);
      line("log-ratio of the chosen answer", policyChosen - referenceChosen);
      line("log-ratio of the rejected answer", policyRejected - referenceRejected);
      double delta = policyChosen - referenceChosen - policyRejected + referenceRejected;
      line("delta", delta);
      line("beta times delta", beta * delta);
      line("loss", loss.losses()[0]);
      line("reward of the chosen answer", loss.chosenRewards()[0]);
      line("reward of the rejected answer", loss.rejectedRewards()[0]);
      line("weight of the gradient", beta / (1 + Math.exp(beta * delta)));
    }
    console.out().flush();
    return ExitCode.DONE;
  }

  private static double logp(float[] logits, int[] tokens) {
    int length = tokens.length;
    Tensor all = Tensor.ofFloats(logits, 1, length, VOCABULARY);
    Tensor labels = Tensor.ofInts(tokens, 1, length);
    Tensor mask = Tensor.ofFloats(new float[] {0, 1, 1}, 1, length);
    return Dpo.computeLogProbs(all, labels, mask)[0];
  }

  private void line(String name, double value) {
    console.out().println(String.format(Locale.ROOT, "%-34s %9.6f", name, value));
  }
}
