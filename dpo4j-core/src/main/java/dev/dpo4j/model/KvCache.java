/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the tokens that several sequences have seen, per layer.
 *
 * <p>A sequence lies in a slot; the slots in use are always the first ones, so that one product
 * serves them all. Each has its own length: what lies behind it is hidden by a mask. Memory grows
 * in steps. Slots that were in use hold finite numbers everywhere, because hidden places are
 * multiplied by zero; others are not touched, so that they take no memory yet.
 */
final class KvCache implements AutoCloseable {
  /** Keys that are read in about the time that a call takes in which nothing is computed. */
  private static final int KEYS_PER_CALL = 256;

  private final int slots;
  private final boolean independent;
  private final int kvHeads;
  private final int size;
  private final KvMemory memory;
  private final int[] lengths;
  private int used;
  private FlatBatch.@Nullable Group prompts;
  private final Map<Long, Tensor> places = new HashMap<>();
  private int[] counts;
  private List<Span> spans = List.of();
  private final Map<MaskKey, Tensor> masks = new HashMap<>();
  private final Map<Integer, Backend.Spans> joined = new HashMap<>();

  /** The first sequence that a mask is for, and for layers that see how much. */
  private record MaskKey(int slot, int window) {}

  /**
   * Neighbouring sequences that attend in one call during a step.
   *
   * @param first the slot of the first one
   * @param count how many there are
   * @param length tokens of the longest, those of the step included: what the others lack is hidden
   */
  record Span(int first, int count, int length) {}

  /**
   * Makes an empty cache.
   *
   * @param independent whether sequences never share a product of their attention
   */
  KvCache(ModelConfig config, int slots, boolean independent) {
    this(config, slots, independent, new KvMemory(config, slots));
  }

  /** Makes an empty cache in memory for so many slots, which it closes. */
  KvCache(ModelConfig config, int slots, boolean independent, KvMemory memory) {
    this.memory = memory;
    this.slots = slots;
    this.independent = independent;
    this.kvHeads = config.kvHeads();
    this.size = config.headDim();
    this.lengths = new int[slots];
    this.counts = new int[slots];
  }

  /** Sequences that it holds. */
  int used() {
    return used;
  }

  /** Sequences that fit. */
  int slots() {
    return slots;
  }

  /** Tokens of a sequence that are complete in every layer. */
  int length(int slot) {
    return lengths[slot];
  }

  /** Whether sequences must not depend on their neighbours in any bit. */
  boolean isIndependent() {
    return independent;
  }

  /** The memory of keys and values. */
  KvMemory memory() {
    return memory;
  }

  /** Makes room for sequences that will grow to so many tokens, so that it is made only once. */
  void expect(int tokens) {
    memory.reserve(tokens, used);
  }

  /** Whether what is appended are the prompts of new sequences. */
  boolean readsPrompts() {
    return prompts != null;
  }

  /** Makes room for new sequences, one for each branch, which {@link #endPrompts} completes. */
  void beginPrompts(FlatBatch.Group rows) {
    memory.reserve(rows.prefix() + Collections.max(rows.branches()) + 1, used);
    memory.clear(used + rows.branches().size());
    prompts = rows;
  }

  /** Counts the new sequences; to be called after {@link #beginPrompts} in any case. */
  void endPrompts(boolean complete) {
    FlatBatch.Group rows = prompts;
    prompts = null;
    if (rows != null && complete) {
      for (int branch : rows.branches()) {
        lengths[used++] = rows.prefix() + branch;
      }
    }
  }

  /**
   * Makes room for tokens of each sequence, which {@link #endStep} completes.
   *
   * @param tokens how many each sequence gets, at least one
   */
  void beginStep(int[] tokens) {
    counts = tokens.clone();
    memory.reserve(longest(), used);
    spans = List.of();
  }

  /**
   * Cuts the sequences so that attending reads few keys that are hidden, in few calls: a sum of
   * both is as small as it can be with neighbours only.
   */
  private List<Span> cut() {
    int[] best = new int[used + 1];
    Span[] last = new Span[used + 1];
    for (int end = 1; end <= used; end++) {
      best[end] = Integer.MAX_VALUE;
      int longest = 0;
      for (int first = end - 1; first >= 0; first--) {
        longest = Math.max(longest, lengths[first] + counts[first]);
        int cost = best[first] + (end - first) * longest + KEYS_PER_CALL;
        if (cost < best[end]) {
          best[end] = cost;
          last[end] = new Span(first, end - first, longest);
        }
      }
    }
    List<Span> found = new ArrayList<>();
    for (int end = used; end > 0; end = last[end].first()) {
      found.add(last[end]);
    }
    Collections.reverse(found);
    return found;
  }

  /** The spans of the present step, in the order of the slots. */
  List<Span> spans() {
    if (spans.isEmpty()) {
      spans = cut();
    }
    return spans;
  }

  /** Keys and values of a layer. */
  Backend.Kept kept(int layer) {
    return new Backend.Kept(memory.keys(layer), memory.values(layer), kvHeads);
  }

  /**
   * Where a layer keeps the heads of the tokens of the present step, {@code [tokens * kv heads]}.
   */
  Tensor places(int layer) {
    return places.computeIfAbsent(memory.room(layer), this::places);
  }

  private Tensor places(long room) {
    int[] at = new int[Arrays.stream(counts).sum() * kvHeads];
    int next = 0;
    for (int slot = 0; slot < used; slot++) {
      for (int token = 0; token < counts[slot]; token++) {
        for (int head = 0; head < kvHeads; head++) {
          at[next++] = (int) ((slot * kvHeads + head) * room + lengths[slot] + token);
        }
      }
    }
    return Scope.outside(() -> Tensor.ofInts(at, at.length));
  }

  /** The whole of the present step as one span. */
  Span all() {
    return new Span(0, used, longest());
  }

  /** Tokens that a sequence gets in the present step. */
  int count(int slot) {
    return counts[slot];
  }

  /**
   * Whether each sequence attends in a call of its own: some get several tokens in the present
   * step, or all must be computed as if each were alone.
   */
  boolean isEachAlone() {
    return independent || Arrays.stream(counts, 0, used).anyMatch(count -> count != 1);
  }

  /** Counts the tokens of each sequence; to be called after {@link #beginStep} in any case. */
  void endStep(boolean complete) {
    places.values().forEach(Tensor::close);
    places.clear();
    masks.values().forEach(Tensor::close);
    masks.clear();
    joined.values().forEach(Backend.Spans::close);
    joined.clear();
    int[] added = counts;
    counts = new int[slots];
    for (int slot = 0; complete && slot < used; slot++) {
      lengths[slot] += added[slot];
    }
  }

  /** The most tokens that a sequence has with those of the present step. */
  private int longest() {
    int longest = 0;
    for (int slot = 0; slot < used; slot++) {
      longest = Math.max(longest, lengths[slot] + counts[slot]);
    }
    return longest;
  }

  /**
   * Adds a layer's keys and values.
   *
   * @param k {@code [kv heads, rows, size]}; the rows are those of new prompts, or one for each
   *     sequence
   * @param v like {@code k}
   */
  void append(int layer, Tensor k, Tensor v, Arena arena) {
    append(memory.keys(layer), layer, k, arena);
    append(memory.values(layer), layer, v, arena);
  }

  private void append(Tensor all, int layer, Tensor rows, Arena arena) {
    if (readsPrompts()) {
      appendPrompts(all, rows);
      return;
    }
    long tokens = rows.size(1);
    Tensor bySequence = arena.take(tokens * kvHeads, size);
    bySequence.view(tokens, kvHeads, size).copy_(rows.transpose(0, 1));
    memory.rows(all).indexCopy_(places(layer), bySequence);
  }

  private void appendPrompts(Tensor all, Tensor rows) {
    FlatBatch.Group layout = Objects.requireNonNull(prompts);
    int row = layout.prefix();
    int slot = used;
    for (int branch : layout.branches()) {
      Tensor whole = memory.slot(all, slot++, (long) layout.prefix() + branch);
      whole.narrow(1, 0, layout.prefix()).copy_(rows.narrow(1, 0, layout.prefix()));
      whole.narrow(1, layout.prefix(), branch).copy_(rows.narrow(1, row, branch));
      row += branch;
    }
  }

  /** Keys of a layer during a step, {@code [sequences * kv heads, length, size]}. */
  Tensor keys(int layer, Span span) {
    return visible(memory.keys(layer), span);
  }

  /** Values of a layer during a step, {@code [sequences * kv heads, length, size]}. */
  Tensor values(int layer, Span span) {
    return visible(memory.values(layer), span);
  }

  private Tensor visible(Tensor all, Span span) {
    return all.narrow(0, (long) span.first() * kvHeads, (long) span.count() * kvHeads)
        .narrow(1, 0, span.length());
  }

  /** Keys of one sequence during a step, {@code [1, kv heads, length, size]}. */
  Tensor keys(int layer, int slot) {
    return visible(memory.keys(layer), slot);
  }

  /** Values of one sequence during a step, {@code [1, kv heads, length, size]}. */
  Tensor values(int layer, int slot) {
    return visible(memory.values(layer), slot);
  }

  private Tensor visible(Tensor all, int slot) {
    long length = (long) lengths[slot] + counts[slot];
    return memory.slot(all, slot, length).view(1, kvHeads, length, size);
  }

  /**
   * What the new tokens of one sequence must not see: {@code [1, 1, tokens * group, length]} with
   * minus infinity there, or null where each sees all.
   *
   * @param window tokens that are seen, the new one included; 0 for all
   * @param group rows of each token
   */
  @Nullable Tensor mask(int slot, int window, int group) {
    int length = lengths[slot] + counts[slot];
    boolean hides = counts[slot] > 1 || (window > 0 && length > window);
    return hides
        ? masks.computeIfAbsent(
            new MaskKey(slot, window), key -> causal(lengths[slot], counts[slot], window, group))
        : null;
  }

  private static Tensor causal(int before, int tokens, int window, int group) {
    int length = before + tokens;
    float[] mask = new float[tokens * group * length];
    for (int row = 0; row < tokens * group; row++) {
      int seen = before + row / group + 1;
      int oldest = window > 0 ? Math.max(0, seen - window) : 0;
      for (int t = 0; t < length; t++) {
        mask[row * length + t] = t < oldest || t >= seen ? Float.NEGATIVE_INFINITY : 0;
      }
    }
    return Scope.outside(() -> Tensor.ofFloats(mask, 1, 1, (long) tokens * group, length));
  }

  /**
   * What the new tokens must not see, one for each sequence: {@code [sequences, 1, 1, length]} with
   * minus infinity there, or null where each sees all.
   *
   * @param window tokens that are seen, the new one included; 0 for all
   */
  @Nullable Tensor mask(Span span, int window) {
    return hides(span, window)
        ? masks.computeIfAbsent(
            new MaskKey(span.first(), window),
            key ->
                Scope.outside(
                    () -> Tensor.ofFloats(ends(span, window), span.count(), 1, 1, span.length())))
        : null;
  }

  /** The spans of the present step with their masks, for layers that see so much. */
  Backend.Spans spans(Backend.Joined engine, int window) {
    return joined.computeIfAbsent(window, key -> join(engine, window));
  }

  private Backend.Spans join(Backend.Joined engine, int window) {
    Backend.Spans direct = Fused.has(memory.keys(0)) ? visible(engine, window) : null;
    return direct != null ? direct : joinSpans(engine, window);
  }

  private Backend.@Nullable Spans visible(Backend.Joined engine, int window) {
    int[] first = new int[used];
    int[] end = new int[used];
    for (int slot = 0; slot < used; slot++) {
      end[slot] = lengths[slot] + 1;
      first[slot] = window > 0 ? Math.max(0, end[slot] - window) : 0;
    }
    return engine.visible(first, end);
  }

  private Backend.Spans joinSpans(Backend.Joined engine, int window) {
    int[] cuts = new int[4 * spans().size()];
    float[] all = new float[0];
    int next = 0;
    for (Span span : spans()) {
      boolean hides = hides(span, window);
      cuts[next++] = span.first();
      cuts[next++] = span.count();
      cuts[next++] = span.length();
      cuts[next++] = hides ? all.length : -1;
      if (hides) {
        float[] mask = ends(span, window);
        all = Arrays.copyOf(all, all.length + mask.length);
        System.arraycopy(mask, 0, all, all.length - mask.length, mask.length);
      }
    }
    return engine.spans(cuts, all);
  }

  private boolean hides(Span span, int window) {
    boolean hides = window > 0 && span.length() > window;
    for (int slot = span.first(); slot < span.first() + span.count(); slot++) {
      hides |= lengths[slot] + 1 < span.length();
    }
    return hides;
  }

  /** Minus infinity for what each sequence must not see, {@code [sequences, length]}. */
  private float[] ends(Span span, int window) {
    int width = span.length();
    float[] mask = new float[span.count() * width];
    for (int row = 0; row < span.count(); row++) {
      int seen = lengths[span.first() + row] + 1;
      int oldest = window > 0 ? Math.max(0, seen - window) : 0;
      for (int t = 0; t < width; t++) {
        mask[row * width + t] = t < oldest || t >= seen ? Float.NEGATIVE_INFINITY : 0;
      }
    }
    return mask;
  }

  /** Adds a sequence that begins with the first tokens of another one. */
  void fork(int slot, int tokens) {
    memory.clear(used + 1);
    memory.copy(slot, used, tokens);
    lengths[used++] = tokens;
  }

  /** Forgets what a sequence has beyond its first tokens. */
  void truncate(int slot, int tokens) {
    lengths[slot] = tokens;
  }

  /** Takes a sequence away; the last one gets its slot. */
  void remove(int slot) {
    int last = used - 1;
    if (slot != last) {
      memory.copy(last, slot, lengths[last]);
      lengths[slot] = lengths[last];
    }
    used--;
  }

  @Override
  public void close() {
    endStep(false);
    memory.close();
  }
}
