/* SPDX-License-Identifier: Apache-2.0 */
import dev.dpo4j.api.Dpo;
import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.KtoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.api.SftTrainer;
import dev.dpo4j.api.TrainingData;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.loss.pair.DpoLoss;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;

/** All that docs/how-to/use-from-java.md shows: UseFromJava MODEL_FOLDER WORK_FOLDER. */
public final class UseFromJava {
  private final Path modelFolder;
  private final Path work;
  private final PreferenceData pairs =
      PreferenceData.ofQuestions(
          List.of("What is Lantern?", "Chords or scales first?"),
          List.of("It copies your folders every night.", "Chords: three carry a hundred songs."),
          List.of("Never heard of it.", "All the same, pick any."));

  private UseFromJava(Path modelFolder, Path work) {
    this.modelFolder = modelFolder;
    this.work = work;
  }

  public static void main(String[] args) throws IOException {
    UseFromJava guide = new UseFromJava(Path.of(args[0]), Path.of(args[1]));
    guide.configure();
    guide.follow();
    guide.sinks();
    guide.ownMetric();
    guide.ownLoss();
    guide.ownOptimizer();
    guide.severalTrainings();
    guide.otherMethods();
    guide.evaluateFile();
    guide.lookIntoTheModel();
    guide.formulas();
  }

  /** Is not called here: it needs a card. */
  void onTheFirstCard() {
    Model model = Model.load(Path.of("models/smollm2-135m-instruct"), Device.cuda(0));
    model.close();
  }

  private DpoConfig config(String run) {
    return DpoConfig.builder()
        .outputDir(work.resolve(run))
        .learningRate(1e-3)
        .perDeviceTrainBatchSize(2)
        .maxSteps(2)
        .loggingSteps(1)
        .saveStrategy(SaveStrategy.NO)
        .build();
  }

  private void configure() throws IOException {
    DpoConfig config =
        DpoConfig.builder()
            .outputDir(work.resolve("first"))
            .beta(0.1)
            .learningRate(5e-7)
            .numTrainEpochs(1)
            .build();
    DpoConfig longer = config.toBuilder().numTrainEpochs(3).build();

    Path file = Files.writeString(work.resolve("run.yaml"), longer.toYaml());
    DpoConfig same = DpoConfig.of(file);
    if (!same.equals(longer)) {
      throw new IllegalStateException("A config must read back what it wrote");
    }
  }

  private void follow() {
    try (Model model = Model.load(modelFolder)) {
      TrainListener listener =
          new TrainListener() {
            @Override
            public void onPlan(RunPlan plan) {
              System.out.println("plan: " + plan.steps() + " steps");
            }

            @Override
            public void onWarning(String name, String message) {
              System.out.println("warning " + name + ": " + message);
            }
          };

      DpoTrainer trainer =
          DpoTrainer.builder()
              .model(model)
              .config(config("followed"))
              .trainDataset(pairs)
              .evalDataset(pairs)
              .onStep(step -> System.out.println(step.step() + " " + step.metrics().get("loss")))
              .listener(listener)
              .build();
      System.out.println(trainer.trainDataset().report().toTable()); // what became of every row

      Timer timer = new Timer(true);
      timer.schedule(
          new TimerTask() {
            @Override
            public void run() {
              trainer.stop(); // from any thread: the step at hand is the last one
            }
          },
          3_600_000);
      TrainResult result = trainer.train();
      timer.cancel();

      for (TrainResult.LogLine line : result.log()) {
        System.out.println(line.step() + " " + line.metrics().get("rewards/margins"));
      }
      List<TrainResult.LogLine> lines =
          TrainResult.LogLine.read(work.resolve("followed").resolve("metrics.jsonl"));
      System.out.println(lines.size() + " lines, " + trainer.evaluate().get("eval_loss"));
    }
  }

  private void sinks() {
    try (Model model = Model.load(modelFolder)) {
      MetricSink sink =
          (step, epoch, metrics) -> System.out.println(step + " " + metrics.get("loss"));

      DpoTrainer.builder()
          .model(model)
          .config(config("sink"))
          .trainDataset(pairs)
          .metricSink(sink)
          .build()
          .train();
    }
  }

  private void ownMetric() {
    try (Model model = Model.load(modelFolder)) {
      DpoTrainer.builder()
          .model(model)
          .config(config("own-metric").toBuilder().evalStrategy(Interval.EPOCH).build())
          .trainDataset(pairs)
          .evalDataset(pairs)
          .evalMetric("answer_length", policy -> policy.generate("Which chords?", 32).length())
          .build()
          .train();
    }
  }

  private void ownLoss() {
    double beta = 0.1;
    try (Model model = Model.load(modelFolder)) {
      DpoTrainer.builder()
          .model(model)
          .config(config("own-loss"))
          .trainDataset(pairs)
          .loss(
              "squared_margin",
              pair ->
                  pair.chosenLogRatio()
                      .minus(pair.rejectedLogRatio())
                      .times(beta)
                      .minus(1)
                      .square())
          .build()
          .train();
    }
  }

  /** Gradient descent without any memory. */
  private static final class PlainDescent implements Optimizer {
    private final ParameterStore weights;
    private long steps;

    PlainDescent(ParameterStore weights) {
      this.weights = weights;
    }

    @Override
    public void step(double learningRate) {
      steps++;
      weights.values().add_(weights.grads(), -learningRate);
      weights.gradients().zero();
    }

    @Override
    public ParameterStore parameters() {
      return weights;
    }

    @Override
    public Map<String, Tensor> state() {
      return Map.of(); // what a checkpoint must keep: nothing here
    }

    @Override
    public boolean stateLiesAsParameters() {
      return true;
    }

    @Override
    public void resume(long stepsTaken) {
      steps = stepsTaken;
    }

    @Override
    public long steps() {
      return steps;
    }

    @Override
    public void close() {}
  }

  private void ownOptimizer() {
    try (Model model = Model.load(modelFolder)) {
      DpoTrainer.builder()
          .model(model)
          .config(config("own-optimizer"))
          .trainDataset(pairs)
          .optimizer((weights, rates) -> new PlainDescent(weights))
          .schedule((learningRate, steps) -> step -> learningRate / Math.sqrt(step + 1))
          .build()
          .train();
    }
  }

  private void severalTrainings() {
    for (double beta : new double[] {0.05, 0.5}) {
      try (Model model = Model.load(modelFolder)) {
        TrainResult result =
            DpoTrainer.builder()
                .model(model)
                .config(config("beta-" + beta).toBuilder().beta(beta).build())
                .trainDataset(pairs)
                .build()
                .train();
        System.out.println(beta + " " + result.trainLoss());
      }
    }
  }

  private void otherMethods() throws IOException {
    Path examples =
        Files.writeString(
            work.resolve("examples.jsonl"),
            "{\"prompt\": \"a lantern\", \"completion\": \" in a window\"}\n");
    try (Model model = Model.load(modelFolder)) {
      SftTrainer.builder()
          .model(model)
          .config(SftConfig.builder().outputDir(work.resolve("sft")).numTrainEpochs(1).build())
          .trainDataset(TrainingData.read(examples))
          .build()
          .train();
    }
    try (Model model = Model.load(modelFolder)) {
      TrainingData answers =
          TrainingData.ofRows(
              List.of(
                  Map.of("prompt", "a lantern", "completion", " in a window", "label", true),
                  Map.of("prompt", "a lantern", "completion", " no idea", "label", false)));
      KtoTrainer.builder()
          .model(model)
          .config(KtoConfig.builder().outputDir(work.resolve("kto")).numTrainEpochs(1).build())
          .trainDataset(answers)
          .build()
          .train();
    }
  }

  private void evaluateFile() throws IOException {
    Path heldOut =
        Files.writeString(
            work.resolve("held-out.jsonl"),
            "{\"prompt\": \"a\", \"chosen\": \" window\", \"rejected\": \" lantern\"}\n");
    try (Model model = Model.load(work.resolve("own-loss"));
        Model refModel = Model.load(modelFolder)) {
      Map<String, Double> metrics =
          DpoTrainer.builder()
              .model(model)
              .refModel(refModel)
              .config(DpoConfig.builder().build())
              .trainDataset(pairs)
              .evalDataset(PreferenceData.read(heldOut))
              .build()
              .evaluate();
      System.out.println(metrics.get("eval_rewards/accuracies"));
    }
  }

  private void lookIntoTheModel() {
    try (Model model = Model.load(modelFolder)) {
      int[] ids = model.tokenizer().encode("a lantern", false);
      String text = model.tokenizer().decode(ids, true);

      double[] perToken = model.logProbs(ids, model.tokenizer().encode(" in a window", false));
      List<PairScore> scores = model.logProbs(pairs, 512);
      System.out.println(text + " " + perToken.length + " " + scores.get(0).margin());

      ChatTokenizer chat = model.chat();
      if (chat.hasTemplate()) {
        List<Map<String, Object>> turns =
            List.of(Message.user("What is Lantern?").fields(), Message.assistant("A tool.").fields());
        System.out.println(chat.render(turns, null, Map.of(), false).text());
      }
    }
  }

  private void formulas() {
    DpoLoss loss =
        Dpo.dpoLoss(
            new double[] {-12.0}, new double[] {-15.0}, // policy: chosen, rejected
            new double[] {-13.0}, new double[] {-14.0}, // reference: chosen, rejected
            0.1);
    System.out.println(loss.losses()[0]);
  }
}
