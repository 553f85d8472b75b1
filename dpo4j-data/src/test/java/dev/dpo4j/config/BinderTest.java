/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.YamlSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BinderTest {
  record Inner(@Option(defaultValue = "1", range = "(0,inf)") int size) {}

  record Outer(@Option(help = "Sizes", defaults = "size=3") Inner inner) {}

  @Test
  void aGroupMayHaveOtherDefaults() {
    Binder<Outer> binder = Binder.of(Outer.class);
    assertThat(binder.bind(List.<Setting>of(), List.of()).value().inner().size()).isEqualTo(3);
    assertThat(binder.keys().get(0).defaultText()).isEqualTo("3");
  }

  enum Shape {
    ROUND,
    SQUARE
  }

  record Numbers(
      @Option(defaultValue = "1e-6", range = "[0,inf)", help = "The step.") double learningRate,
      @Option(defaultValue = "8", range = "[1,inf)") int perDeviceTrainBatchSize,
      @Option(defaultValue = "42") long seed,
      @Option(range = "[0,1]") @Nullable Double ldAlpha,
      @Option(defaultValue = "0.1", range = "(0,inf)") double beta)
      implements Checked {
    @Override
    public void check(Check check) {
      if (seed == 13) {
        check.fault("seed", "must not be 13");
      }
      if (perDeviceTrainBatchSize == 1) {
        check.noEffect("ld_alpha", "with a batch of 1");
      }
    }
  }

  record Words(
      @Option(defaultValue = "out") Path outputDir,
      @Option(
              defaultValue = "sigmoid",
              choices = {"sigmoid", "hinge", "ipo"})
          List<String> lossType,
      @Option @Nullable List<Double> lossWeights,
      @Option(defaultValue = "{}") Map<String, Double> lrSchedulerKwargs,
      @Option(defaultValue = "round") Shape shape,
      @Option(defaultValue = "false", aliases = "brain_float") boolean bf16,
      @Option @Nullable String name)
      implements Checked {
    @Override
    public void check(Check check) {
      if (shape == Shape.SQUARE) {
        check.noEffect(Set.of("name"), "with a square", "shape");
      }
      if (bf16) {
        check.idle(Set.of("lr_scheduler_kwargs"), "with bf16");
      }
    }
  }

  record Config(@Option(help = "Numbers") Numbers numbers, @Option(help = "Words") Words words) {}

  private final Binder<Config> binder = Binder.of(Config.class);

  private Config bind(String yaml, String... flags) {
    return binder
        .bind(YamlSource.parse(yaml, "run.yaml"), FlagSource.parse(List.of(flags)))
        .value();
  }

  private List<String> faults(String yaml, String... flags) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> bind(yaml, flags));
    return e.faults().stream().map(Fault::toString).toList();
  }

  @Test
  void defaultsHoldWhereNothingIsSet() {
    Config config = bind("");
    assertThat(config.numbers()).isEqualTo(new Numbers(1e-6, 8, 42, null, 0.1));
    assertThat(config.words())
        .isEqualTo(
            new Words(
                Path.of("out"), List.of("sigmoid"), null, Map.of(), Shape.ROUND, false, null));
  }

  @Test
  void theFileIsReadAsYaml12() {
    Config config =
        bind(
            """
            # a comment
            learning_rate: 5e-7
            loss_type: [hinge, ipo]
            loss_weights:
              - 1
              - 0.5
            lr_scheduler_kwargs: {min_lr_rate: 0.1}
            shape: round
            bf16: yes
            name: no
            """);
    assertThat(config.numbers().learningRate()).isEqualTo(5e-7);
    assertThat(config.words().lossType()).containsExactly("hinge", "ipo");
    assertThat(config.words().lossWeights()).containsExactly(1.0, 0.5);
    assertThat(config.words().lrSchedulerKwargs()).containsEntry("min_lr_rate", 0.1);
    assertThat(config.words().shape()).isEqualTo(Shape.ROUND);
    assertThat(config.words().bf16()).isTrue();
    assertThat(config.words().name()).isEqualTo("no");
  }

  @Test
  void flagsWinOverTheFile() {
    Config config = bind("beta: 0.2\nseed: 1\nbf16: true", "--beta", "0.3", "--no_bf16");
    assertThat(config.numbers().beta()).isEqualTo(0.3);
    assertThat(config.numbers().seed()).isEqualTo(1);
    assertThat(config.words().bf16()).isFalse();
  }

  @Test
  void everySpellingOfAFlagIsUnderstood() {
    assertThat(bind("", "--learning-rate=5e-7").numbers().learningRate()).isEqualTo(5e-7);
    assertThat(bind("", "--brain_float").words().bf16()).isTrue();
    assertThat(bind("", "--bf16", "True").words().bf16()).isTrue();
    assertThat(bind("", "--loss_type", "hinge", "ipo").words().lossType())
        .containsExactly("hinge", "ipo");
    assertThat(bind("", "--loss_type", "hinge,ipo").words().lossType())
        .containsExactly("hinge", "ipo");
    assertThat(bind("", "--loss_weights", "[1, 2]").words().lossWeights())
        .containsExactly(1.0, 2.0);
    assertThat(
            bind("", "--lr_scheduler_kwargs", "{\"min_lr_rate\": 0.1}").words().lrSchedulerKwargs())
        .containsEntry("min_lr_rate", 0.1);
    assertThat(bind("", "--seed", "-3").numbers().seed()).isEqualTo(-3);
    assertThat(bind("ld_alpha: 0.5", "--ld_alpha", "None").numbers().ldAlpha()).isNull();
  }

  @Test
  void allFaultsComeTogetherWithKeyPlaceFoundAndExpected() {
    assertThat(
            faults(
                """
                lerning_rate: 1
                beta: -0.1
                per_device_train_batch_size: 2.5
                seed: 13
                """,
                "--shape",
                "oval",
                "--loss_type",
                "sigmiod",
                "--ld_alpha",
                "fast"))
        .containsExactly(
            "lerning_rate: is not a key; did you mean learning_rate? (run.yaml:1)",
            "beta: must be greater than 0 but was -0.1 (run.yaml:2)",
            "per_device_train_batch_size: expected an integer >= 1, found number 2.5 (run.yaml:3)",
            "shape: must be one of round, square but was \"oval\" (--shape)",
            "loss_type: must be one of sigmoid, hinge, ipo but was \"sigmiod\"; "
                + "did you mean \"sigmoid\"? (--loss_type)",
            "ld_alpha: expected a number >= 0 and <= 1, or null, found text \"fast\" (--ld_alpha)",
            "seed: must not be 13 (run.yaml:4)");
  }

  @Test
  void aKeyWithoutEffectIsRefusedEvenAtItsDefaultUnlessItAsksForNothing() {
    assertThat(faults("per_device_train_batch_size: 1\nld_alpha: 0.5"))
        .containsExactly("ld_alpha: has no effect with a batch of 1: remove it (run.yaml:2)");
    assertThat(bind("per_device_train_batch_size: 1\nld_alpha: null").numbers().ldAlpha()).isNull();
    assertThat(bind("per_device_train_batch_size: 1\nld_alpha: 0").numbers().ldAlpha()).isZero();
    assertThat(faults("shape: square\nname: out")).hasSize(1);
    assertThat(faults("shape: square", "--name", "out")).hasSize(1);
  }

  @Test
  void aFlagThatSwitchesThePartnerOffTurnsTheFaultOfAFileIntoANote() {
    Bound<Config> bound =
        binder.bind(
            YamlSource.parse("name: out", "run.yaml"), FlagSource.parse(List.of("--shape=square")));
    assertThat(bound.notes())
        .containsExactly(
            new Note(Note.Kind.NO_EFFECT, "name", "run.yaml:1", "has no effect with a square"));
  }

  @Test
  void idleKeysAreNotedInAFileAndRefusedAsFlags() {
    Bound<Config> bound =
        binder.bind(
            YamlSource.parse("bf16: true\nlr_scheduler_kwargs: {a: 1}", "run.yaml"), List.of());
    assertThat(bound.notes()).extracting(Note::key).containsExactly("lr_scheduler_kwargs");
    assertThat(faults("", "--bf16", "--lr_scheduler_kwargs", "{a: 1}"))
        .containsExactly(
            "lr_scheduler_kwargs: has no effect with bf16: remove it (--lr_scheduler_kwargs)");
  }

  @Test
  void theResolvedConfigCommentsOutWhatHasNoEffect() {
    Config config = bind("", "--shape=square", "--bf16");
    String yaml = binder.toYaml(config);
    assertThat(yaml).contains("\n# name: null\n", "\n# lr_scheduler_kwargs: {}\n");
    assertThat(bind(yaml)).isEqualTo(config);
  }

  @Test
  void aKeyMayBeNegatedInAFile() {
    assertThat(bind("no_bf16: true").words().bf16()).isFalse();
    assertThat(bind("no_bf16: false").words().bf16()).isTrue();
  }

  @Test
  void aKeySetTwiceInOneSourceIsAFault() {
    assertThat(faults("beta: 1\nbeta: 2"))
        .containsExactly("beta: is set twice, first at run.yaml:1 (run.yaml:2)");
    assertThat(faults("bf16: true\nbrain_float: true"))
        .containsExactly("bf16: is set twice, first by run.yaml:1 (run.yaml:2)");
    assertThat(faults("", "--beta", "1", "--beta", "2"))
        .containsExactly("beta: is set twice, first by --beta (--beta)");
  }

  @Test
  void nullIsRefusedWhereAValueIsNeeded() {
    assertThat(faults("beta: null"))
        .containsExactly("beta: expected a number > 0, found null (run.yaml:1)");
    assertThat(faults("beta: .nan\nseed: 99999999999999999999"))
        .containsExactly(
            "beta: expected a number > 0, found number .nan (run.yaml:1)",
            "seed: expected an integer, found number 99999999999999999999 (run.yaml:2)");
  }

  @Test
  void missingKeysAreNamed() {
    assertThatThrownBy(() -> binder.bind(List.of("name", "beta"), List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage("name: is missing: set it in the file or with --name");
  }

  @Test
  void brokenYamlIsReportedWithItsLine() {
    assertThat(faults("beta: 1\n  seed: 2")).singleElement().asString().contains("run.yaml:2");
    assertThat(faults("- 1\n- 2")).singleElement().asString().contains("expected a map");
    assertThat(faults("beta: 1\n---\nbeta: 2")).singleElement().asString().contains("second");
    assertThat(faults("beta: &a 1\nseed: *a")).singleElement().asString().contains("aliases");
    assertThatThrownBy(() -> YamlSource.read(Path.of("nowhere.yaml")))
        .hasMessage("config: no such file: nowhere.yaml");
  }

  @Test
  void strayArgumentsAreAFault() {
    assertThat(faults("", "stray")).singleElement().asString().contains("\"stray\"");
  }

  @Test
  void theResolvedConfigBindsToTheSameRecord() {
    Config config =
        bind(
            "",
            "--learning_rate=5e-7",
            "--name=it's \"quoted\": # no\\comment\n\u4e2d\u6587",
            "--output_dir=C: x",
            "--loss_weights=1e9,1e-9",
            "--lr_scheduler_kwargs={a b: 1}",
            "--shape=round");
    String yaml = binder.toYaml(config);
    assertThat(bind(yaml)).isEqualTo(config);
    assertThat(yaml).startsWith("# Numbers\nlearning_rate: 5.0e-7\n").contains("\nshape: round\n");
  }

  @Test
  void helpListsEveryKeyInItsGroup() {
    assertThat(binder.help())
        .startsWith(
            """
            Numbers:
              --learning_rate (1e-6)
                    The step. Expects a number >= 0.
            """)
        .contains("Words:\n  --output_dir (out)")
        .containsPattern("Expects true or\\s+false. Also: --brain_float.");
  }

  @Test
  void originsTellWhichSourceDecided() {
    Bound<Config> bound =
        binder.bind(
            YamlSource.parse("beta: 1\nseed: 2", "run.yaml"),
            FlagSource.parse(List.of("--beta=3")));
    assertThat(bound.origins())
        .containsExactlyInAnyOrderEntriesOf(Map.of("beta", "--beta", "seed", "run.yaml:2"));
  }
}
