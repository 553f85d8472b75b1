/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.EngineThread;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.PromptScores;
import dev.dpo4j.generate.SamplingDefaults;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.generate.TokenListener;
import dev.dpo4j.generate.TokenLogProb;
import dev.dpo4j.generate.constrain.JsonForm;
import dev.dpo4j.generate.constrain.TokenFilter;
import dev.dpo4j.generate.constrain.TokenTable;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a model answer: one prompt or many at once, streamed or whole, in any number of threads.
 *
 * <p>All answers that are asked for at a time go through the model together, on one thread that the
 * generator owns. Do not train the model while a generator is open. Close it before the model.
 */
@SuppressWarnings("NullAway") // it loses the nullness of type arguments between modules
public final class Generator implements AutoCloseable {
  /** Most tokens of an answer where neither the model nor the caller says so. */
  static final int DEFAULT_TOKENS = 256;

  /** Forms that are remembered: a client asks with the same schema again and again. */
  private static final int FORMS = 32;

  private final LanguageModel language;
  private final EngineThread thread;
  private final boolean ownsThread;
  private final CausalLm model;
  private final GenerationEngine engine;
  private final SamplingOptions defaults;
  private final Map<String, JsonForm> forms = new LinkedHashMap<>(FORMS, 0.75f, true);
  private @Nullable TokenTable tokens;

  private Generator(
      LanguageModel language,
      Supplier<CausalLm> network,
      int batchSize,
      EngineThread thread,
      boolean ownsThread) {
    this.language = language;
    this.thread = thread;
    this.ownsThread = ownsThread;
    this.defaults = SamplingDefaults.read(language.base(), DEFAULT_TOKENS);
    this.model = thread.call(network::get);
    this.engine = thread.open(() -> new GenerationEngine(model, language.tokenizer(), batchSize));
  }

  /**
   * Makes a generator with a thread of its own.
   *
   * @param language the model, which the caller closes after the generator
   * @param batchSize most answers that are made at a time; others wait
   */
  public static Generator of(LanguageModel language, ComputeOptions compute, int batchSize) {
    EngineThread thread = EngineThread.start("dpo4j-generator");
    try {
      return new Generator(language, () -> language.compute(compute), batchSize, thread, true);
    } catch (RuntimeException e) {
      thread.close();
      throw e;
    }
  }

  /**
   * Makes a generator that computes on a thread which it shares with others. Close the thread
   * before the generators.
   *
   * @param language the model's tokenizer, template and settings
   * @param network makes what computes over the model's weights, on that thread
   */
  public static Generator on(
      EngineThread thread, LanguageModel language, Supplier<CausalLm> network, int batchSize) {
    return new Generator(language, network, batchSize, thread, false);
  }

  /** How the model wants its tokens to be chosen, as its generation_config.json says. */
  public AnswerOptions defaults() {
    return AnswerOptions.of(defaults);
  }

  /** The model that answers. */
  public LanguageModel language() {
    return language;
  }

  /** Most tokens of prompt and answer together. */
  public int context() {
    return language.config().maxPositionEmbeddings();
  }

  /** Answers one user message as the model wants it. */
  public String generate(String userMessage) {
    return generate(userMessage, defaults());
  }

  /** Answers one user message. */
  public String generate(String userMessage, AnswerOptions options) {
    return start(ChatTokenizer.userMessage(userMessage), options).text();
  }

  /**
   * Answers one user message and gives the text out while it is made.
   *
   * @param onText told each piece on the thread that computes: it must be quick
   */
  public String stream(String userMessage, AnswerOptions options, Consumer<String> onText) {
    int[] prompt = encode(ChatTokenizer.userMessage(userMessage));
    return submit(prompt, options, (id, text, logProb) -> pass(text, onText)).await().text();
  }

  private static void pass(String text, Consumer<String> onText) {
    if (!text.isEmpty()) {
      onText.accept(text);
    }
  }

  /** Answers many user messages together; the answers are in the order of the messages. */
  public List<Answer> generateAll(List<String> userMessages, AnswerOptions options) {
    List<GenerationTask> tasks =
        userMessages.stream()
            .map(message -> encode(ChatTokenizer.userMessage(message)))
            .map(prompt -> submit(prompt, options, TokenListener.NONE))
            .toList();
    return tasks.stream().map(GenerationTask::await).toList();
  }

  /**
   * Begins to answer a conversation; the caller reads the text while it is made, or cancels it.
   *
   * @param messages maps with role and content
   */
  public TextStream start(List<Map<String, @Nullable Object>> messages, AnswerOptions options) {
    TextStream stream = new TextStream();
    stream.follow(submit(encode(messages), options, stream));
    return stream;
  }

  /** Opens a conversation of several turns. */
  public Conversation chat() {
    return new Conversation(this);
  }

  /** Renders a conversation with the model's chat template, up to where the model answers. */
  public int[] encode(List<Map<String, @Nullable Object>> messages) {
    return encode(messages, null, Map.of());
  }

  /** Renders a conversation with tools and further variables of the template. */
  public int[] encode(
      List<Map<String, @Nullable Object>> messages,
      @Nullable List<@Nullable Object> tools,
      Map<String, @Nullable Object> variables) {
    return language.chat().encode(messages, tools, variables, true);
  }

  /**
   * Begins to continue tokens. This is what all other methods do.
   *
   * @param listener told each token on the thread that computes
   * @throws IllegalArgumentException if the prompt does not fit into the model's context, or the
   *     schema of the options cannot be used
   */
  public GenerationTask submit(int[] prompt, AnswerOptions options, TokenListener listener) {
    SamplingOptions sampling = options.sampling();
    int room = context() - prompt.length;
    if (room < 1) {
      throw new IllegalArgumentException(
          "the prompt has %d tokens, but %s reads at most %d, of which one is for the answer: shorten the prompt"
              .formatted(prompt.length, language.folder(), context()));
    }
    if (sampling.maxNewTokens() > room) {
      sampling = options.maxNewTokens(room).sampling();
    }
    StopRules stops =
        StopRules.of(language.tokenizer(), language.tokenizer().stopIds(), options.stop());
    TokenFilter filter = filter(options, stops);
    return thread.submit(
        engine,
        new GenerationRequest(
            prompt, sampling, stops, options.topLogProbs(), filter, options.priority(), listener));
  }

  private @Nullable TokenFilter filter(AnswerOptions options, StopRules stops) {
    if (options.form() == AnswerOptions.Form.TEXT) {
      return null;
    }
    String schema = options.schema();
    return form(schema == null ? "" : schema).filter(stops.ids());
  }

  /** The form of a schema; the empty text stands for any object. */
  private synchronized JsonForm form(String schema) {
    JsonForm known = forms.get(schema);
    if (known == null) {
      TokenTable table = tokens == null ? TokenTable.of(language.tokenizer()) : tokens;
      tokens = table;
      known = schema.isEmpty() ? JsonForm.object(table) : JsonForm.schema(schema, table);
      forms.put(schema, known);
      if (forms.size() > FORMS) {
        forms.remove(forms.keySet().iterator().next());
      }
    }
    return known;
  }

  /**
   * Computes the log-probability of each token of a text behind those before it; the first has
   * none.
   *
   * @param top how many of the most probable tokens are told at each place
   */
  public List<TokenLogProb> score(int[] ids, int top) {
    if (ids.length > context()) {
      throw new IllegalArgumentException(
          "the text has %d tokens, but %s reads at most %d"
              .formatted(ids.length, language.folder(), context()));
    }
    return thread.call(() -> PromptScores.of(model, ids, top));
  }

  /** Answers that wait and answers that are being made. */
  public int pending() {
    return engine.waiting() + engine.running();
  }

  /** Answers that are being made. */
  public int running() {
    return engine.running();
  }

  /** Bytes that keys and values of answers take now; they are kept for the next answers. */
  public long cacheBytes() {
    return engine.cacheBytes();
  }

  /** Tokens generated so far. */
  public long generated() {
    return engine.generated();
  }

  /** Ends what is running as cancelled and frees the memory. */
  @Override
  public void close() {
    if (ownsThread) {
      thread.close();
    }
    model.close();
  }
}
