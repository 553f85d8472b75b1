/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rotary position embedding of a model: the angle of dimension pair {@code i} at position
 * {@code p} is {@code p * inverseFrequencies[i]}, and cosine and sine are multiplied by {@link
 * #attentionFactor}.
 *
 * <p>The frequencies are computed step by step in float32, as the models were trained with: a
 * rounding that differs by one bit grows with the position.
 */
public sealed interface RopeConfig {
  /** The base of the geometric series of frequencies, {@code rope_theta}. */
  double theta();

  /** The name under {@code rope_type} in config.json. */
  String type();

  /**
   * The angle per position of each pair of dimensions, {@code headDim / 2} values exact in float32.
   */
  double[] inverseFrequencies(int headDim);

  /**
   * The same for sequences of up to {@code length} tokens, on whose length some embeddings depend.
   */
  default double[] inverseFrequencies(int headDim, int length) {
    return inverseFrequencies(headDim);
  }

  /**
   * The longest length whose tokens are rotated as those of shorter ones: what was computed for
   * fewer tokens holds no longer beyond it. Mostly there is no such length.
   */
  default int lengthOfChange() {
    return Integer.MAX_VALUE;
  }

  /**
   * Whether a sequence that grows beyond {@link #lengthOfChange} would have to be read again.
   * Otherwise what was read stays as it is, and only new tokens are rotated by the new length.
   */
  default boolean isReadAgain() {
    return false;
  }

  /** What cosine and sine are multiplied by; 1 except for YaRN and LongRoPE. */
  default double attentionFactor() {
    return 1;
  }

  /**
   * The plain embedding: {@code theta^(-2i/headDim)} (Su et al. 2021, arXiv 2104.09864, eq. 15).
   */
  record Default(double theta) implements RopeConfig {
    @Override
    public String type() {
      return "default";
    }

    @Override
    public double[] inverseFrequencies(int headDim) {
      return widen(plain(theta, headDim));
    }
  }

  /** Position interpolation: all frequencies divided by {@code factor} (arXiv 2306.15595). */
  record Linear(double theta, double factor) implements RopeConfig {
    @Override
    public String type() {
      return "linear";
    }

    @Override
    public double[] inverseFrequencies(int headDim) {
      float[] result = plain(theta, headDim);
      for (int i = 0; i < result.length; i++) {
        result[i] /= (float) factor;
      }
      return widen(result);
    }
  }

  /**
   * Llama 3.1's rule: long waves are divided by {@code factor}, short ones kept, and those between
   * interpolated.
   *
   * @param lowFreqFactor waves longer than {@code originalMaxPositionEmbeddings / lowFreqFactor}
   *     are scaled
   * @param highFreqFactor waves shorter than {@code originalMaxPositionEmbeddings / highFreqFactor}
   *     are kept
   */
  record Llama3(
      double theta,
      double factor,
      double lowFreqFactor,
      double highFreqFactor,
      double originalMaxPositionEmbeddings)
      implements RopeConfig {
    @Override
    public String type() {
      return "llama3";
    }

    @Override
    public double[] inverseFrequencies(int headDim) {
      float[] result = plain(theta, headDim);
      float length = (float) originalMaxPositionEmbeddings;
      float longest = (float) (originalMaxPositionEmbeddings / lowFreqFactor);
      float shortest = (float) (originalMaxPositionEmbeddings / highFreqFactor);
      for (int i = 0; i < result.length; i++) {
        float wave = 1 / result[i] * (float) (2 * Math.PI);
        if (wave > longest) {
          result[i] /= (float) factor;
        } else if (!(wave < shortest)) {
          float smooth =
              (1 / wave * length - (float) lowFreqFactor)
                  / (float) (highFreqFactor - lowFreqFactor);
          result[i] = (1 - smooth) * result[i] / (float) factor + smooth * result[i];
        }
      }
      return widen(result);
    }
  }

  /**
   * YaRN (Peng et al. 2023, arXiv 2309.00071, eq. 17-22): frequencies that turn rarely within the
   * original length are interpolated, those that turn often are kept, with a ramp between.
   *
   * @param factor how many times longer the context became
   * @param givenAttentionFactor overrides the factor computed from {@code factor}; null when absent
   * @param betaFast turns within the original length from which on a frequency is kept
   * @param betaSlow turns up to which a frequency is fully interpolated
   * @param mscale weight in the numerator of the attention factor; null when absent
   * @param mscaleAllDim weight in its denominator; null when absent
   * @param truncate whether the ramp's ends are rounded to whole dimensions
   */
  record Yarn(
      double theta,
      double factor,
      double originalMaxPositionEmbeddings,
      @Nullable Double givenAttentionFactor,
      double betaFast,
      double betaSlow,
      @Nullable Double mscale,
      @Nullable Double mscaleAllDim,
      boolean truncate)
      implements RopeConfig {
    @Override
    public String type() {
      return "yarn";
    }

    @Override
    public double attentionFactor() {
      if (givenAttentionFactor != null) {
        return givenAttentionFactor;
      }
      if (mscale != null && mscale != 0 && mscaleAllDim != null && mscaleAllDim != 0) {
        return scale(mscale) / scale(mscaleAllDim);
      }
      return scale(1);
    }

    private double scale(double weight) {
      return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
    }

    @Override
    public double[] inverseFrequencies(int headDim) {
      double low = dimensionOf(betaFast, headDim);
      double high = dimensionOf(betaSlow, headDim);
      if (truncate) {
        low = Math.floor(low);
        high = Math.ceil(high);
      }
      low = Math.max(low, 0);
      high = Math.min(high, headDim - 1);
      if (low == high) {
        high += 0.001; // A ramp needs some width.
      }
      float[] result = new float[(headDim + 1) / 2];
      for (int i = 0; i < result.length; i++) {
        float power = power(theta, i, headDim);
        float ramp = (i - (float) low) / (float) (high - low);
        float kept = 1 - Math.min(Math.max(ramp, 0), 1);
        result[i] = 1 / ((float) factor * power) * (1 - kept) + 1 / power * kept;
      }
      return widen(result);
    }

    /** The dimension pair whose wave turns so many times within the original length. */
    private double dimensionOf(double turns, int headDim) {
      return headDim
          * Math.log(originalMaxPositionEmbeddings / (turns * 2 * Math.PI))
          / (2 * Math.log(theta));
    }
  }

  /**
   * A base that grows with the length of the sequence beyond the one the model was made for (NTK
   * scaling). With {@code alpha}, as Hunyuan has it, the base is the same for all lengths.
   *
   * @param factor how the base grows
   * @param alpha what the base is scaled by; null when absent
   * @param maxPositionEmbeddings the length up to which the base is {@code theta}
   */
  record Dynamic(double theta, double factor, @Nullable Double alpha, double maxPositionEmbeddings)
      implements RopeConfig {
    @Override
    public String type() {
      return "dynamic";
    }

    @Override
    public double[] inverseFrequencies(int headDim) {
      return inverseFrequencies(headDim, 0);
    }

    @Override
    public double[] inverseFrequencies(int headDim, int length) {
      double power = headDim / (headDim - 2.0);
      if (length <= maxPositionEmbeddings) {
        return widen(plain(alpha == null ? theta : theta * Math.pow(alpha, power), headDim));
      }
      double growth = factor * length / maxPositionEmbeddings - (factor - 1);
      return widen(plain(theta * Math.pow(growth, power), headDim));
    }

    @Override
    public int lengthOfChange() {
      return (int) maxPositionEmbeddings;
    }
  }

  /**
   * LongRoPE (Ding et al. 2024, arXiv 2402.13753): each frequency has a factor of its own, one for
   * sequences of up to the original length and another for longer ones.
   *
   * @param shortFactor factors of sequences of up to the original length
   * @param longFactor factors of longer ones
   * @param factor how many times longer the context became
   * @param givenAttentionFactor overrides the factor computed from {@code factor}; null when absent
   */
  record LongRope(
      double theta,
      List<Double> shortFactor,
      List<Double> longFactor,
      double factor,
      double originalMaxPositionEmbeddings,
      @Nullable Double givenAttentionFactor)
      implements RopeConfig {
    public LongRope {
      shortFactor = List.copyOf(shortFactor);
      longFactor = List.copyOf(longFactor);
    }

    @Override
    public String type() {
      return "longrope";
    }

    @Override
    public double attentionFactor() {
      if (givenAttentionFactor != null) {
        return givenAttentionFactor;
      }
      return factor <= 1
          ? 1
          : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositionEmbeddings));
    }

    @Override
    public double[] inverseFrequencies(int headDim) {
      return inverseFrequencies(headDim, 0);
    }

    @Override
    public double[] inverseFrequencies(int headDim, int length) {
      List<Double> factors = length > originalMaxPositionEmbeddings ? longFactor : shortFactor;
      float[] result = new float[(headDim + 1) / 2];
      for (int i = 0; i < result.length; i++) {
        result[i] = 1 / (factors.get(i).floatValue() * power(theta, i, headDim));
      }
      return widen(result);
    }

    @Override
    public boolean isReadAgain() {
      return true;
    }

    @Override
    public int lengthOfChange() {
      return (int) originalMaxPositionEmbeddings;
    }
  }

  private static float[] plain(double theta, int headDim) {
    float[] result = new float[(headDim + 1) / 2];
    for (int i = 0; i < result.length; i++) {
      result[i] = 1 / power(theta, i, headDim);
    }
    return result;
  }

  private static float power(double theta, int pair, int headDim) {
    return (float) Math.pow((float) theta, 2f * pair / headDim);
  }

  private static double[] widen(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }
}
