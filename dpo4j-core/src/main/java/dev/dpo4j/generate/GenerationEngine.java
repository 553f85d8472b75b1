/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.generate.speculate.Guesser;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.Decoder;
import dev.dpo4j.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes answers, several at a time: the one way in which tokens are generated.
 *
 * <p>A sequence that ends leaves the batch and the next one takes its place at once; no padding
 * goes through the model. What prompts begin with alike is computed once, and an answer whose
 * prompt continues a sequence that is still there begins with that one's keys and values. What is
 * drawn for an answer depends on its own seed and its own logits only. The logits are the same in
 * every batch up to the rounding of float32 sums (see {@link Decoder}), so answers can differ
 * between batch sizes only where two tokens are equally probable to about six digits, or a draw
 * falls that near to a border.
 *
 * <p>{@link #submit} and the methods of its task may be called from any thread. {@link #step} and
 * {@link #close} belong to one thread, that of the model; {@link EngineThread} provides one.
 */
public final class GenerationEngine implements AutoCloseable {
  /** Tokens that a pass reads in about the time of one step: both read all weights once. */
  private static final int ROWS_PER_STEP = 32;

  private final Decoder decoder;
  private final MemoryLimit memory;
  private final Portions portions;
  private final int places;
  private final @Nullable Guesser guesser;
  private long guessed;
  private long proven;
  private final WaitingRequests waiting;
  private final List<Sequence> running = new ArrayList<>();
  private final AtomicLong generated = new AtomicLong();
  private volatile int inBatch;
  private volatile long cacheBytes;

  /** The tokens of the last sequence, which stays in the decoder while nothing else runs. */
  private int @Nullable [] history;

  /**
   * Makes an engine; the caller keeps model and tokenizer open.
   *
   * @param places most sequences at a time
   */
  public GenerationEngine(CausalLm model, Tokenizer tokenizer, int places) {
    this(model, tokenizer, places, null, false);
  }

  /**
   * Makes an engine that guesses, or one whose answers do not depend on each other in any bit.
   *
   * @param guesser is closed with the engine; null to make tokens one by one
   * @param independent whether logits are the same to the last bit whatever else is in the batch
   * @throws IllegalStateException if they cannot be, see {@link CausalLm#independentDecoder}
   */
  public GenerationEngine(
      CausalLm model,
      Tokenizer tokenizer,
      int places,
      @Nullable Guesser guesser,
      boolean independent) {
    // One more: a conversation's next turn is made from its last while that is still there.
    this(
        independent ? model.independentDecoder(places + 1) : model.decoder(places + 1),
        tokenizer,
        places,
        guesser);
  }

  /** Makes an engine on a decoder for one sequence more than there are places; closes it. */
  GenerationEngine(Decoder decoder, Tokenizer tokenizer, int places, @Nullable Guesser guesser) {
    this.waiting = new WaitingRequests(tokenizer);
    this.places = places;
    this.guesser = guesser;
    this.decoder = decoder;
    this.memory = new MemoryLimit(decoder);
    this.portions = new Portions(decoder, running);
  }

  /** See {@link MemoryLimit#set}. */
  void limitMemory(LongSupplier left) {
    memory.set(left);
  }

  /** Bytes that the running answers will still take if they become as long as they may. */
  long promisedBytes() {
    return memory.missing(running, kept());
  }

  /** Sequences in the decoder that no answer belongs to. */
  private int kept() {
    return history == null ? 0 : 1;
  }

  /** Bytes that keys and values take now. */
  public long cacheBytes() {
    return cacheBytes;
  }

  /** Tokens that were guessed so far, right or wrong. */
  public long guessed() {
    return guessed;
  }

  /** Of the tokens that were guessed, those that the model chose too. */
  public long proven() {
    return proven;
  }

  /** Asks for an answer. */
  public GenerationTask submit(GenerationRequest request) {
    return waiting.add(request);
  }

  /** Makes one answer, and whatever else was asked for in the meantime, on this thread. */
  public Answer answer(GenerationRequest request) {
    GenerationTask task = submit(request);
    while (!task.isDone()) {
      step();
    }
    return task.await();
  }

  /** Requests that have not begun. */
  public int waiting() {
    return waiting.size();
  }

  /** Answers that are being made. */
  public int running() {
    return inBatch;
  }

  /** Tokens generated so far, without those that end answers. */
  public long generated() {
    return generated.get();
  }

  /**
   * Takes in requests where there is room and makes one token of each running answer.
   *
   * @return whether there was anything to do
   */
  public boolean step() {
    removeEnded();
    boolean admitted = false;
    while (running.size() < places && admit()) {
      admitted = true;
      settle();
    }
    if (readAgain()) {
      admitted = true;
      settle();
    }
    count();
    if (running.isEmpty()) {
      return admitted;
    }
    try {
      readAndChoose();
    } catch (RuntimeException | OutOfMemoryError e) {
      // The pass served them all, and none can go on without it.
      running.forEach(sequence -> sequence.fail(e));
    }
    settle();
    count();
    return true;
  }

  private void count() {
    inBatch = running.size();
    cacheBytes = decoder.cacheBytes();
  }

  /**
   * Adds sequences anew that have become so long that all of their tokens are rotated otherwise,
   * and chooses the next token of each.
   *
   * @return whether there was one
   */
  private boolean readAgain() {
    boolean any = false;
    for (int row = running.size() - 1; row >= 0; row--) {
      Sequence sequence = running.get(row);
      if (sequence.isReading() || decoder.room(row) > 0) {
        continue;
      }
      any = true;
      decoder.remove(row);
      vacate(row);
      try {
        float[] logits = decoder.add(sequence.tokens());
        running.add(sequence);
        sequence.choose(logits, 0, logits.length);
      } catch (RuntimeException | OutOfMemoryError e) {
        sequence.fail(e);
        sequence.end();
      }
    }
    return any;
  }

  private void readAndChoose() {
    int part = portions.partOfPrompt();
    List<int[]> tokens =
        IntStream.range(0, running.size())
            .mapToObj(row -> running.get(row).next(guesserNow(), part, decoder.room(row)))
            .toList();
    int[] firstRow = new int[tokens.size()];
    boolean[] reads = new boolean[tokens.size()];
    IntStream.Builder wanted = IntStream.builder();
    int rows = 0;
    int read = 0;
    for (int i = 0; i < firstRow.length; i++) {
      firstRow[i] = rows;
      reads[i] = running.get(i).isReading();
      int last = read + tokens.get(i).length;
      // Of a prompt, only what follows its end is of interest.
      for (int token = reads[i] ? last - 1 : read; token < last; token++) {
        wanted.add(token);
        rows++;
      }
      read = last;
    }
    int[] wantedRows = wanted.build().toArray();
    if (decoder.chooses()
        && rows == running.size()
        && running.stream().allMatch(Sequence::isChosenAside)) {
      chooseAside(tokens, wantedRows);
      return;
    }
    float[] logits = logits(tokens, rows == read ? null : wantedRows);
    if (logits == null) {
      return;
    }
    int vocabulary = logits.length / rows;
    int[] kept = new int[firstRow.length];
    // Each sequence has a sampler of its own.
    IntStream.range(0, kept.length)
        .parallel()
        .forEach(
            i -> kept[i] = running.get(i).take(logits, firstRow[i], vocabulary, tokens.get(i)));
    for (int i = 0; i < kept.length; i++) {
      int wrong = tokens.get(i).length - kept[i];
      if (wrong > 0) {
        decoder.truncate(i, decoder.length(i) - wrong);
      }
      if (!reads[i]) {
        guessed += tokens.get(i).length - 1;
        proven += kept[i] - 1;
      }
    }
  }

  /**
   * Reads tokens for each sequence. Where there is no memory for that, the longest sequence fails
   * and the others go on with the next step: what they read before is still there.
   *
   * @return the logits that are wanted, null where a sequence failed
   */
  private float @Nullable [] logits(List<int[]> tokens, int @Nullable [] wanted) {
    try {
      return decoder.step(tokens, wanted);
    } catch (RuntimeException | OutOfMemoryError e) {
      if (!MemoryFailure.isOne(e)) {
        throw e;
      }
      int longest = 0;
      for (int row = 1; row < running.size(); row++) {
        longest = decoder.length(row) > decoder.length(longest) ? row : longest;
      }
      running.get(longest).fail(e);
      return null;
    }
  }

  /** Lets the decoder choose a token for each sequence. */
  private void chooseAside(List<int[]> tokens, int[] wanted) {
    double[] temperatures = running.stream().mapToDouble(Sequence::temperature).toArray();
    double[] uniforms = new double[wanted.length];
    for (int i = 0; i < uniforms.length; i++) {
      uniforms[i] = running.get(i).uniform(tokens.get(i).length);
    }
    Decoder.Choice choice = decoder.stepAndChoose(tokens, wanted, temperatures, uniforms);
    for (int i = 0; i < wanted.length; i++) {
      running.get(i).take(choice.id(i), choice.largest(i), tokens.get(i).length);
    }
  }

  private @Nullable Guesser guesserNow() {
    Guesser present = guesser;
    return present != null && running.size() <= present.sequences() ? present : null;
  }

  /** Tells of the tokens just chosen and takes answers that are complete out of the batch. */
  private void settle() {
    for (Sequence sequence : running) {
      generated.addAndGet(sequence.tell());
    }
    removeEnded();
  }

  private void removeEnded() {
    for (int row = running.size() - 1; row >= 0; row--) {
      Sequence sequence = running.get(row);
      if (!sequence.ended()) {
        continue;
      }
      if (running.size() == 1) {
        history = Arrays.copyOf(sequence.tokens(), decoder.length(0));
      } else {
        decoder.remove(row);
      }
      vacate(row);
      sequence.end();
    }
  }

  /** Takes a sequence out of the list; the last one gets its row, as in the decoder. */
  private void vacate(int row) {
    Sequence moved = running.remove(running.size() - 1);
    if (row < running.size()) {
      running.set(row, moved);
    }
  }

  /** Starts one or more of the waiting requests; returns whether there was one. */
  private boolean admit() {
    List<Sequence> fitting = fitting();
    if (fitting.isEmpty()) {
      waiting.takeCancelled().forEach(Sequence::end);
      return false;
    }
    List<Sequence> next = portions.together(fitting);
    try {
      expect(fitting.stream().mapToInt(Sequence::soon).max().orElseThrow());
      start(next);
    } catch (RuntimeException | OutOfMemoryError e) {
      if (next.size() > 1 && MemoryFailure.isOne(e)) {
        startAlone(next.get(0));
      } else {
        fail(next, e);
      }
    }
    return true;
  }

  private void expect(int tokens) {
    try {
      decoder.expect(tokens);
    } catch (RuntimeException | OutOfMemoryError e) {
      // Answers may end before they need that much.
      if (!MemoryFailure.isOne(e)) {
        throw e;
      }
    }
  }

  /** Starts one of several requests for which there was no memory together. */
  private void startAlone(Sequence sequence) {
    try {
      start(List.of(sequence));
    } catch (RuntimeException | OutOfMemoryError e) {
      fail(List.of(sequence), e);
    }
  }

  private void start(List<Sequence> next) {
    Sequence first = next.get(0);
    if (!continueHistory(first) && !continueOther(first) && !readFirstPart(first)) {
      readPrompts(next);
    }
  }

  private void fail(List<Sequence> sequences, Throwable reason) {
    for (Sequence failed : sequences) {
      if (!running.contains(failed)) {
        waiting.remove(failed);
        failed.fail(reason);
        failed.end();
      }
    }
  }

  /**
   * The requests for which there is room, the shortest first of those that are equally urgent:
   * neighbours in the batch attend together, which wastes nothing where they are equally long.
   */
  private List<Sequence> fitting() {
    List<Sequence> fitting =
        memory.fitting(running, waiting.first(places - running.size()), kept());
    fitting.sort(
        Comparator.comparingInt((Sequence sequence) -> -sequence.request.priority())
            .thenComparingInt(sequence -> sequence.prompt().length));
    return fitting;
  }

  /** Begins with the last conversation where the prompt goes on with it; forgets it otherwise. */
  private boolean continueHistory(Sequence sequence) {
    int[] before = history;
    if (before == null) {
      return false;
    }
    history = null;
    int differs = Arrays.mismatch(before, sequence.prompt());
    int shared =
        worthSharing(before.length, differs < 0 ? before.length : differs, sequence.prompt());
    try {
      if (shared > 0) {
        decoder.fork(0, shared);
        begin(sequence, shared);
      }
    } finally {
      decoder.remove(0);
    }
    return shared > 0;
  }

  /** Begins with a sequence in the batch that has begun alike. */
  private boolean continueOther(Sequence sequence) {
    int best = 0;
    int donor = -1;
    for (int i = 0; i < running.size(); i++) {
      Sequence other = running.get(i);
      float[] first = other.first;
      int length = decoder.length(i);
      if (first != null
          && Arrays.equals(other.prompt(), sequence.prompt())
          && decoder.isAlike(length, sequence.prompt().length)) {
        decoder.fork(i, sequence.prompt().length);
        begin(sequence, sequence.prompt().length);
        sequence.choose(first, 0, first.length);
        if (!waiting.hasTwin(sequence)) {
          other.first = null;
        }
        return true;
      }
      int shared = worthSharing(length, other.common(sequence.prompt(), length), sequence.prompt());
      if (shared > best) {
        best = shared;
        donor = i;
      }
    }
    if (donor < 0) {
      return false;
    }
    decoder.fork(donor, best);
    begin(sequence, best);
    return true;
  }

  /**
   * Tokens that a prompt has in common with a sequence, its last one apart; 0 where so few of them
   * are that the prompt is better read at once with others.
   *
   * @param length tokens of the sequence that were read
   * @param common how many of them the prompt begins with
   */
  private int worthSharing(int length, int common, int[] prompt) {
    int shared = Math.min(common, prompt.length - 1);
    if (!decoder.isAlike(length, prompt.length) || !decoder.isAlike(shared, prompt.length)) {
      return 0;
    }
    int rest = prompt.length - shared;
    long cost = decoder.readsInParts(prompt.length) ? rest : (long) rest * ROWS_PER_STEP;
    return cost <= shared ? shared : 0;
  }

  private void begin(Sequence sequence, int read) {
    waiting.remove(sequence);
    sequence.hasRead(read);
    running.add(sequence);
  }

  /**
   * Reads the beginning of a long prompt while somebody watches an answer, which goes on between
   * the parts.
   */
  private boolean readFirstPart(Sequence sequence) {
    int[] prompt = sequence.prompt();
    int rows = portions.firstPart(prompt.length);
    if (rows == prompt.length) {
      return false;
    }
    decoder.add(Arrays.copyOf(prompt, rows));
    begin(sequence, rows);
    return true;
  }

  /** Reads prompts in one pass and chooses the first token of each answer. */
  private void readPrompts(List<Sequence> sequences) {
    float[] logits = decoder.add(sequences.stream().map(Sequence::prompt).toList());
    int vocabulary = logits.length / sequences.size();
    for (int i = 0; i < sequences.size(); i++) {
      Sequence sequence = sequences.get(i);
      begin(sequence, sequence.prompt().length);
      sequence.choose(logits, i, vocabulary);
      if (waiting.hasTwin(sequence)) {
        sequence.keepFirst(logits, i, vocabulary);
      }
    }
  }

  /** Ends what is running and waiting as cancelled, and frees the memory. */
  @Override
  public void close() {
    List<Sequence> open = new ArrayList<>(running);
    open.addAll(waiting.takeAll());
    running.clear();
    for (Sequence sequence : open) {
      sequence.task.cancel();
      sequence.end();
    }
    decoder.close();
    if (guesser != null) {
      guesser.close();
    }
  }
}
