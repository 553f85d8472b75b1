/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.Decoder;
import dev.dpo4j.tokenizer.Tokenizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Answers many prompts, several at a time, and gives the answers out in the order of the prompts.
 *
 * <p>A sequence that ends leaves the batch and the next one takes its place; no padding goes
 * through the model. Answers to the same prompt share the computation of the prompt. What is drawn
 * for an answer depends on its own seed and its own logits only. The logits are the same in every
 * batch up to the rounding of float32 sums (see {@link Decoder}), so answers can differ between
 * batch sizes only where two tokens are equally probable to about six digits, or a draw falls that
 * near to a border.
 */
public final class BatchGenerator implements AutoCloseable {
  /** Rows of the prompts that are read in one pass, unless a single one is longer. */
  private static final int PROMPT_ROWS = 1024;

  private final Tokenizer tokenizer;
  private final StopRules rules;
  private final SamplingOptions options;
  private final Decoder decoder;
  private final int batchSize;
  private final Deque<Request> waiting = new ArrayDeque<>();
  private final Deque<Request> open = new ArrayDeque<>();
  private final List<Sequence> running = new ArrayList<>();
  private long generated;

  /**
   * Makes a generator; the caller keeps model and tokenizer open.
   *
   * @param options how tokens are chosen; the seed is replaced by that of each answer
   * @param batchSize most sequences at a time
   */
  public BatchGenerator(
      CausalLm model,
      Tokenizer tokenizer,
      StopRules rules,
      SamplingOptions options,
      int batchSize) {
    this.tokenizer = tokenizer;
    this.rules = rules;
    this.options = options;
    this.batchSize = batchSize;
    this.decoder = model.decoder(batchSize);
  }

  /** A prompt whose answers are wanted. */
  private static final class Request {
    private final int[] prompt;
    private final long[] seeds;
    private final @Nullable Answer[] answers;
    private int started;
    private int finished;
    // The logits behind the prompt, as long as answers wait to begin with them.
    private float @Nullable [] first;

    Request(int[] prompt, long[] seeds) {
      this.prompt = prompt;
      this.seeds = seeds;
      this.answers = new @Nullable Answer[seeds.length];
    }
  }

  /** An answer in the making; its number in the decoder is its place in the list. */
  private final class Sequence {
    private final Request request;
    private final int sample;
    private final Sampler sampler;
    private final AnswerText text;
    private final StringBuilder written = new StringBuilder();
    private final List<Integer> ids = new ArrayList<>();
    private @Nullable FinishReason finish;

    Sequence(Request request, int sample) {
      this.request = request;
      this.sample = sample;
      this.sampler = new Sampler(options.withSeed(request.seeds[sample]), request.prompt);
      this.text = new AnswerText(tokenizer, rules);
    }

    void advance(float[] logits, int row, int vocabulary) {
      int id = sampler.next(logits, row, vocabulary);
      if (rules.ids().contains(id)) {
        finish = FinishReason.STOP;
        return;
      }
      ids.add(id);
      if (!rules.strings().isEmpty()) {
        written.append(text.append(id));
      }
      if (text.stopped()) {
        finish = FinishReason.STOP;
      } else if (ids.size() == options.maxNewTokens()) {
        finish = FinishReason.LENGTH;
      }
    }

    Answer answer(FinishReason reason) {
      if (rules.strings().isEmpty()) {
        int[] all = ids.stream().mapToInt(Integer::intValue).toArray();
        return new Answer(ids, tokenizer.decode(all, true), reason);
      }
      // The last characters may complete a stop string only now.
      String whole = written + text.finish();
      return new Answer(ids, whole, text.stopped() ? FinishReason.STOP : reason);
    }
  }

  /**
   * Adds a prompt; its answers come after those of the prompts added before.
   *
   * @param prompt its tokens, at least one
   * @param seeds one for each answer that is wanted, at least one
   */
  public void add(int[] prompt, long... seeds) {
    if (prompt.length == 0 || seeds.length == 0) {
      throw new IllegalArgumentException(
          "a prompt needs tokens and seeds but has %d and %d"
              .formatted(prompt.length, seeds.length));
    }
    Request request = new Request(prompt.clone(), seeds.clone());
    waiting.add(request);
    open.add(request);
  }

  /** Prompts whose answers have not been given out. */
  public int pending() {
    return open.size();
  }

  /** Tokens generated so far, without those that end answers. */
  public long generated() {
    return generated;
  }

  /** Returns the answers to the oldest prompt and forgets it, or null if they are not complete. */
  public @Nullable List<Answer> poll() {
    Request oldest = open.peek();
    if (oldest == null || oldest.finished < oldest.answers.length) {
      return null;
    }
    open.remove();
    return Arrays.stream(oldest.answers).<Answer>map(Objects::requireNonNull).toList();
  }

  /** Takes in new prompts where there is room and makes one token of each running answer. */
  public void step() {
    while (running.size() < batchSize && !waiting.isEmpty()) {
      Request next = waiting.element();
      int sibling = sibling(next);
      if (next.first == null || sibling < 0) {
        readPrompts();
      } else {
        decoder.fork(sibling, next.prompt.length);
        begin(next, next.first, 0, next.first.length);
      }
      removeFinished();
    }
    if (running.isEmpty()) {
      return;
    }
    int[] tokens =
        running.stream().mapToInt(sequence -> sequence.ids.get(sequence.ids.size() - 1)).toArray();
    float[] logits = decoder.step(tokens);
    int vocabulary = logits.length / tokens.length;
    // Each row has a sampler of its own.
    IntStream.range(0, tokens.length)
        .parallel()
        .forEach(row -> running.get(row).advance(logits, row, vocabulary));
    running.forEach(this::count);
    removeFinished();
  }

  /** Reads as many prompts as fit and starts an answer to each. */
  private void readPrompts() {
    List<Request> requests = new ArrayList<>();
    int room = batchSize - running.size();
    int rows = 0;
    for (Request request : waiting) {
      rows += request.prompt.length;
      if (!requests.isEmpty() && (room <= 0 || rows > PROMPT_ROWS)) {
        break;
      }
      requests.add(request);
      // Its further answers come first: they share its prompt while one of them is running.
      room -= request.seeds.length - request.started;
    }
    float[] logits = decoder.add(requests.stream().map(request -> request.prompt).toList());
    int vocabulary = logits.length / requests.size();
    for (int i = 0; i < requests.size(); i++) {
      Request request = requests.get(i);
      if (request.seeds.length - request.started > 1) {
        request.first = Arrays.copyOfRange(logits, i * vocabulary, (i + 1) * vocabulary);
      }
      begin(request, logits, i, vocabulary);
    }
  }

  /** Starts the next answer to a prompt in the decoder's oldest sequence that has none. */
  private void begin(Request request, float[] logits, int row, int vocabulary) {
    Sequence sequence = new Sequence(request, request.started++);
    if (request.started == request.seeds.length) {
      request.first = null;
      waiting.remove(request);
    }
    sequence.advance(logits, row, vocabulary);
    count(sequence);
    running.add(sequence);
  }

  /** Counts the token that a sequence just got, unless it only ended the answer. */
  private void count(Sequence sequence) {
    generated += sequence.finish == FinishReason.STOP && !sequence.text.stopped() ? 0 : 1;
  }

  /** Takes answers that are complete out of the batch. */
  private void removeFinished() {
    for (int row = running.size() - 1; row >= 0; row--) {
      Sequence sequence = running.get(row);
      if (finishIfDone(sequence)) {
        decoder.remove(row);
        Sequence last = running.remove(running.size() - 1);
        if (row < running.size()) {
          running.set(row, last);
        }
      }
    }
  }

  private int sibling(Request request) {
    for (int i = 0; i < running.size(); i++) {
      if (running.get(i).request == request) {
        return i;
      }
    }
    return -1;
  }

  private static boolean finishIfDone(Sequence sequence) {
    FinishReason reason = sequence.finish;
    if (reason == null) {
      return false;
    }
    Request request = sequence.request;
    request.answers[sequence.sample] = sequence.answer(reason);
    request.finished++;
    return true;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
