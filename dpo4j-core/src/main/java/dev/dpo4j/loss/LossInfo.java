/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Properties;
import java.util.Set;

/**
 * What there is to say of a loss: the text of {@code dpo4j explain} and of the reference page.
 *
 * <p>The class of a loss gives its formula and its paper; the prose is read from the resource
 * {@code losses.properties} beside this class.
 *
 * <p>In the formulas lc and lr are the policy's log-probabilities of the chosen and the rejected
 * answer, rc and rr those of the reference, Lc = lc - rc and Lr = lr - rr, s is the derivative of
 * the f-divergence (s(L) = L for reverse_kl), Δ = s(Lc) - s(Lr), |y| the tokens of an answer, σ the
 * logistic function, and NLL the log-loss per token of the chosen answers.
 *
 * @param name the name in {@code loss_type}
 * @param summary one sentence
 * @param formula the loss of a pair
 * @param gradient what pulls at what, and how hard
 * @param beta the meaning and the unit of beta
 * @param atStart the value at the first step, where policy and reference are equal
 * @param paper where it comes from
 * @param use when to use it
 * @param avoid when not
 * @param options the options and columns that it looks at
 * @param reward the reward that the metrics show
 */
public record LossInfo(
    String name,
    String summary,
    String formula,
    String gradient,
    String beta,
    String atStart,
    String paper,
    String use,
    String avoid,
    Set<LossOption> options,
    ImplicitReward reward) {

  private static final String RESOURCE = "losses.properties";
  private static final Properties PROSE = prose();

  public LossInfo {
    options = Set.copyOf(options);
  }

  /**
   * Returns what there is to say of a loss; the resource says what is not given.
   *
   * @throws IllegalStateException if the resource lacks a text of the loss
   */
  public static LossInfo of(
      String name, String formula, String paper, ImplicitReward reward, LossOption... options) {
    return new LossInfo(
        name,
        text(name, "summary"),
        formula,
        text(name, "gradient"),
        PROSE.containsKey(name + ".beta") ? text(name, "beta") : PROSE.getProperty("beta"),
        text(name, "at_start"),
        paper,
        text(name, "use"),
        text(name, "avoid"),
        Set.copyOf(Arrays.asList(options)),
        reward);
  }

  /** As {@link #of}, for a loss that also looks at what every sum over single pairs looks at. */
  public static LossInfo ofPairs(
      String name, String formula, String paper, ImplicitReward reward, LossOption... options) {
    EnumSet<LossOption> all =
        EnumSet.of(
            LossOption.BETA,
            LossOption.LD_ALPHA,
            LossOption.USE_WEIGHTING,
            LossOption.WEIGHT,
            LossOption.P_CHOSEN);
    all.addAll(Arrays.asList(options));
    return of(name, formula, paper, reward, all.toArray(LossOption[]::new));
  }

  private static String text(String loss, String what) {
    String key = loss + "." + what;
    String text = PROSE.getProperty(key);
    if (text == null) {
      throw new IllegalStateException(RESOURCE + " does not say " + key);
    }
    return text;
  }

  private static Properties prose() {
    Properties prose = new Properties();
    try (InputStream bytes = LossInfo.class.getResourceAsStream(RESOURCE)) {
      if (bytes == null) {
        throw new IllegalStateException("the resource " + RESOURCE + " is missing");
      }
      Reader text = new InputStreamReader(bytes, StandardCharsets.UTF_8);
      prose.load(text);
      return prose;
    } catch (IOException e) {
      throw new UncheckedIOException("the resource " + RESOURCE + " cannot be read: " + e, e);
    }
  }

  /** The options in the order of their declaration. */
  public Set<LossOption> orderedOptions() {
    EnumSet<LossOption> ordered = EnumSet.noneOf(LossOption.class);
    ordered.addAll(options);
    return ordered;
  }

  /** Whether the loss needs the log-probabilities of a reference model. */
  public boolean usesReference() {
    return reward == ImplicitReward.LOG_RATIO;
  }

  /** The text for a terminal. */
  public String explain() {
    return """
        %s: %s

          Loss of a pair   %s
          Gradient         %s
          Beta             %s
          At step 0        %s
          Use it           %s
          Avoid it         %s
          Options          %s
          Source           %s
        """
        .formatted(
            name,
            summary,
            formula,
            gradient,
            beta,
            atStart,
            use,
            avoid,
            String.join(", ", orderedOptions().stream().map(LossOption::configName).toList()),
            paper);
  }
}
