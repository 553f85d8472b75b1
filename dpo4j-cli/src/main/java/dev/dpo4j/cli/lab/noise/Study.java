/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.noise;

import dev.dpo4j.cli.demo.DemoData.Pair;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;

/** One kind of flaw, in several degrees, with the losses that are tried on it. */
enum Study {
  LABELS("label noise: a share of the labels is wrong") {
    @Override
    List<Case> cases() {
      List<Case> cases = new ArrayList<>();
      for (String share : List.of("0", "0.1", "0.2", "0.4")) {
        double part = Double.parseDouble(share);
        for (Map<String, String> loss :
            List.of(
                loss("sigmoid"),
                smoothed("cdpo"),
                smoothed("robust"),
                loss("ipo"),
                loss("hinge"))) {
          cases.add(
              Case.of(
                  Map.entry("label_noise", share),
                  loss,
                  (pairs, random) -> FlawedPairs.flip(pairs, part, random)));
        }
      }
      return cases;
    }
  },
  PAIRS("too few pairs, over the same number of steps") {
    @Override
    List<Case> cases() {
      List<Case> cases = new ArrayList<>();
      for (int count : new int[] {8, 16, 32, 64, 128}) {
        cases.add(
            Case.of(
                Map.entry("pairs", String.valueOf(count)),
                loss("sigmoid"),
                (pairs, random) -> FlawedPairs.draw(pairs, count, random)));
      }
      cases.add(Case.of(Map.entry("pairs", "200"), loss("sigmoid"), (pairs, random) -> pairs));
      return cases;
    }
  },
  COPIES("near-duplicates: the same questions in other words, over the same number of steps") {
    @Override
    List<Case> cases() {
      int each = FlawedPairs.ways();
      return List.of(
          Case.of(Map.entry("data", "200 pairs"), loss("sigmoid"), (pairs, random) -> pairs),
          Case.of(
              Map.entry("data", "25 pairs, %d near-copies each".formatted(each)),
              loss("sigmoid"),
              (pairs, random) ->
                  FlawedPairs.copy(FlawedPairs.draw(pairs, pairs.size() / each, random))),
          Case.of(
              Map.entry("data", "the same 25 pairs alone"),
              loss("sigmoid"),
              (pairs, random) -> FlawedPairs.draw(pairs, pairs.size() / each, random)));
    }
  },
  LENGTH("length-biased labels: in a share of the pairs the longer answer is the chosen one") {
    @Override
    List<Case> cases() {
      List<Case> cases = new ArrayList<>();
      for (String share : List.of("0", "0.5", "1")) {
        double part = Double.parseDouble(share);
        for (String loss : List.of("sigmoid", "sigmoid_norm")) {
          cases.add(
              Case.of(
                  Map.entry("labels_by_length", share),
                  loss(loss),
                  (pairs, random) ->
                      FlawedPairs.preferLonger(FlawedPairs.pad(pairs, random), part, random)));
        }
      }
      return cases;
    }

    @Override
    List<Pair> heldOut(List<Pair> pairs) {
      return FlawedPairs.pad(pairs, new Random(HELD_OUT_SEED));
    }
  };

  private static final long HELD_OUT_SEED = 1;

  /** What the smoothed losses suppose about the labels, whatever is true. */
  private static final String SMOOTHING = "0.2";

  private final String title;

  Study(String title) {
    this.title = title;
  }

  /** All combinations of data and loss. */
  abstract List<Case> cases();

  /** The pairs with right labels on which the models are measured. */
  List<Pair> heldOut(List<Pair> pairs) {
    return pairs;
  }

  String title() {
    return title;
  }

  /** The name on the command line and of the folder. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, String> loss(String name) {
    return Map.of("loss_type", name);
  }

  private static Map<String, String> smoothed(String name) {
    return Map.of("loss_type", name, "label_smoothing", SMOOTHING);
  }

  /**
   * One combination.
   *
   * @param settings what is said of it
   * @param keys keys of {@code dpo4j dpo}
   * @param data makes its pairs out of the right ones
   */
  record Case(
      Map<String, String> settings,
      Map<String, String> keys,
      BiFunction<List<Pair>, Random, List<Pair>> data) {
    static Case of(
        Map.Entry<String, String> flaw,
        Map<String, String> loss,
        BiFunction<List<Pair>, Random, List<Pair>> data) {
      Map<String, String> settings = new LinkedHashMap<>();
      settings.put(flaw.getKey(), flaw.getValue());
      String smoothing = loss.get("label_smoothing");
      settings.put("loss", loss.get("loss_type") + (smoothing == null ? "" : " " + smoothing));
      return new Case(settings, loss, data);
    }
  }
}
