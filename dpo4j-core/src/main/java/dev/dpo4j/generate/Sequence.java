/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.generate.constrain.TokenFilter;
import dev.dpo4j.generate.speculate.Guesser;
import dev.dpo4j.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An answer in the making. */
final class Sequence {
  /** Tokens of an answer for which memory is taken before the first one is made. */
  private static final int SOON = 128;

  final GenerationRequest request;
  final GenerationTask task = new GenerationTask();

  /** Its place among the requests, which decides between those of equal priority. */
  final long number;

  /** The logits behind the prompt, as long as others wait that ask the same. */
  float @Nullable [] first;

  private final Tokenizer tokenizer;
  private final Sampler sampler;
  private final AnswerText text;
  private final boolean wantsText;
  private final StringBuilder written = new StringBuilder();
  private final List<Integer> ids = new ArrayList<>();
  private final List<TokenLogProb> logProbs = new ArrayList<>();
  private final int limit;
  private int read;
  private final List<String> untold = new ArrayList<>();
  private @Nullable FinishReason finish;
  private @Nullable Integer endId;
  private @Nullable RuntimeException failure;

  /** Makes one. */
  Sequence(GenerationRequest request, Tokenizer tokenizer, long number) {
    this.request = request;
    this.tokenizer = tokenizer;
    this.number = number;
    this.limit = request.sampling().maxNewTokens();
    this.sampler = new Sampler(request.sampling(), request.prompt());
    this.text = new AnswerText(tokenizer, request.stops());
    this.wantsText = request.listener().readsText() || !request.stops().strings().isEmpty();
  }

  int[] prompt() {
    return request.prompt();
  }

  /** The most tokens that it can have, prompt and answer. */
  int longest() {
    return prompt().length + limit;
  }

  /** Tokens that it will have before long, prompt and answer. */
  int soon() {
    return prompt().length + Math.min(limit, SOON);
  }

  /** Says that the decoder has read that many tokens of the prompt. */
  void hasRead(int tokens) {
    read = tokens;
  }

  /** Whether a part of the prompt is still to be read. */
  boolean isReading() {
    return read < prompt().length;
  }

  /**
   * The tokens that the decoder reads next: a part of the prompt, or the last token and what is
   * guessed to follow it.
   *
   * @param guesser null to guess nothing
   * @param part most tokens of the prompt
   * @param room most tokens in all
   */
  int[] next(@Nullable Guesser guesser, int part, int room) {
    if (isReading()) {
      return Arrays.copyOfRange(prompt(), read, Math.min(prompt().length, read + part));
    }
    int last = ids.get(ids.size() - 1);
    int most = Math.min(limit - ids.size(), room) - 1;
    if (guesser == null || most < 1) {
      return new int[] {last};
    }
    int[] guessed = guesser.guess(tokens(), most);
    int[] next = new int[guessed.length + 1];
    next[0] = last;
    System.arraycopy(guessed, 0, next, 1, guessed.length);
    return next;
  }

  /**
   * Takes the logits behind the tokens of {@link #next}, as far as those were guessed rightly;
   * never throws.
   *
   * @param row the row of the first token, or the only row for a part of the prompt
   * @param tokens what was read
   * @return how many of the tokens are part of the sequence
   */
  int take(float[] logits, int row, int vocabulary, int[] tokens) {
    if (isReading()) {
      read += tokens.length;
      if (!isReading()) {
        choose(logits, row, vocabulary);
      }
      return tokens.length;
    }
    int kept = 0;
    boolean goesOn = true;
    while (goesOn) {
      int before = ids.size();
      choose(logits, row + kept++, vocabulary);
      goesOn =
          kept < tokens.length
              && failure == null
              && finish == null
              && ids.size() > before
              && ids.get(before) == tokens[kept];
    }
    return kept;
  }

  /** Whether a token may be chosen where the logits are: nobody else needs to see them. */
  boolean isChosenAside() {
    return request.filter() == null && request.topLogProbs() < 0 && sampler.isPlain();
  }

  /** What its logits are divided by; 0 takes the most probable token. */
  double temperature() {
    return sampler.temperature();
  }

  /** The draw for what follows that many tokens, if something is to be chosen there. */
  double uniform(int tokens) {
    return choosesAfter(tokens) ? sampler.uniform() : 0;
  }

  private boolean choosesAfter(int tokens) {
    return read + tokens >= prompt().length;
  }

  /**
   * Takes what was chosen aside behind the tokens of {@link #next}; never throws.
   *
   * @param largest the largest logit
   */
  void take(int id, float largest, int tokens) {
    boolean chooses = choosesAfter(tokens);
    if (isReading()) {
      read += tokens;
    }
    if (!Float.isFinite(largest)) {
      failure = Candidates.notFinite(largest);
    } else if (chooses) {
      guarded(() -> accept(id));
    }
  }

  /** Chooses a token from logits; never throws, so that one answer's failure is its own. */
  void choose(float[] logits, int row, int vocabulary) {
    guarded(
        () -> {
          int id = sampler.next(logits, row, vocabulary, request.filter());
          int before = ids.size();
          accept(id);
          if (ids.size() > before && request.topLogProbs() >= 0) {
            logProbs.add(
                TokenLogProb.of(logits, row * vocabulary, vocabulary, id, request.topLogProbs()));
          }
        });
  }

  /** Keeps the logits behind the prompt for others that ask the same; never throws. */
  void keepFirst(float[] logits, int row, int vocabulary) {
    guarded(() -> first = Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary));
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | OutOfMemoryError e) {
      fail(e);
    }
  }

  /** Adds a token that was chosen, unless it ends the answer. */
  private void accept(int id) {
    if (request.stops().ids().contains(id)) {
      finish = FinishReason.STOP;
      endId = id;
      return;
    }
    ids.add(id);
    TokenFilter filter = request.filter();
    String piece = wantsText ? text.append(id) : "";
    untold.add(piece);
    written.append(piece);
    if (filter != null) {
      filter.accept(id);
    }
    if (text.stopped() || (filter != null && filter.complete())) {
      finish = FinishReason.STOP;
    } else if (ids.size() == limit) {
      finish = FinishReason.LENGTH;
    }
  }

  /** Tells the listener of the tokens just chosen; returns how many there are. */
  int tell() {
    int first = ids.size() - untold.size();
    int count = untold.size();
    for (int i = 0; i < count; i++) {
      TokenLogProb logProb = logProbs.isEmpty() ? null : logProbs.get(first + i);
      tell(ids.get(first + i), untold.get(i), logProb);
    }
    untold.clear();
    return count;
  }

  private void tell(int id, String said, @Nullable TokenLogProb logProb) {
    guarded(() -> request.listener().onToken(id, said, logProb));
  }

  boolean ended() {
    return failure != null || finish != null || task.isCancelled();
  }

  /** Gives the answer, or the reason why there is none, to whoever waits. */
  void end() {
    if (failure == null) {
      guarded(() -> end(finish == null ? FinishReason.CANCELLED : finish));
    }
    RuntimeException reason = failure;
    if (reason != null) {
      task.fail(reason);
    }
  }

  private void end(FinishReason reason) {
    FinishReason last = reason;
    String whole;
    if (wantsText) {
      // The last characters may complete a stop string only now.
      String rest = text.finish();
      whole = written + rest;
      last = text.stopped() ? FinishReason.STOP : reason;
      if (!rest.isEmpty()) {
        tell(-1, rest, null);
      }
    } else {
      whole = tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray(), true);
    }
    if (failure == null) {
      task.complete(new Answer(ids, whole, last, logProbs, endId));
    }
  }

  /** Ends it with the reason why it cannot go on. */
  void fail(Throwable reason) {
    failure =
        reason instanceof RuntimeException known && !MemoryFailure.isOne(reason)
            ? known
            : MemoryFailure.of(prompt().length + ids.size(), reason);
  }

  /** How many of its first {@code length} tokens are those that another prompt begins with. */
  int common(int[] other, int length) {
    int[] own = prompt();
    int differs = Arrays.mismatch(own, 0, Math.min(own.length, length), other, 0, other.length);
    if (differs >= 0 && differs < own.length) {
      return differs;
    }
    int common = Math.min(own.length, length);
    while (common < length
        && common < other.length
        && ids.get(common - own.length) == other[common]) {
      common++;
    }
    return Math.min(common, other.length);
  }

  /** Its tokens from the beginning, prompt and answer. */
  int[] tokens() {
    int[] all = Arrays.copyOf(prompt(), prompt().length + ids.size());
    for (int i = 0; i < ids.size(); i++) {
      all[prompt().length + i] = ids.get(i);
    }
    return all;
  }
}
