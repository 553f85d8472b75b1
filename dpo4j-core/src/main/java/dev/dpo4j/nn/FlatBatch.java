/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Token sequences laid out as flat rows, without padding and with shared prefixes computed once.
 *
 * <p>A {@link Tree} holds sequences that begin alike, such as prompt + chosen and prompt +
 * rejected. Their longest common prefix takes its rows once; then each sequence has a branch of its
 * own, whose rows see the prefix and the branch, never another branch. The last token of a sequence
 * is only a label and gets no row. Positions count along each sequence, so that rotary embeddings
 * are those of separate sequences. Source of the idea: "Accelerating Direct Preference Optimization
 * with Prefix Sharing", arXiv 2410.20305.
 *
 * <p>Scored tokens are entries: entry {@code e} asks for the log-probability of {@code
 * entryLabel[e]} under the hidden row {@code scoredRows[entryRow[e]]}. The last row of a prefix
 * serves several branches, so rows through the head are fewer than entries.
 */
public final class FlatBatch {
  private final int[] tokenIds;
  private final int[] positions;
  private final List<Group> groups;
  private final int[] scoredRows;
  private final int[] entryRow;
  private final int[] entryLabel;
  private final int[] sequenceStart;
  private final int longest;

  /**
   * Rows of one tree.
   *
   * @param start the first row of the prefix
   * @param prefix rows of the prefix
   * @param branches rows of each branch; branch 0 follows the prefix, each next one the one before
   */
  public record Group(int start, int prefix, List<Integer> branches) {
    /** All rows of the tree. */
    public int rows() {
      return prefix + branches.stream().mapToInt(Integer::intValue).sum();
    }
  }

  /**
   * Sequences with the tokens that are scored.
   *
   * @param sequences token ids of each whole sequence, prompt first
   * @param scored for each sequence and token, whether its log-probability is wanted; token 0 has
   *     nothing before it and is never scored
   */
  public record Tree(List<int[]> sequences, List<boolean[]> scored) {
    public Tree {
      if (sequences.isEmpty() || sequences.size() != scored.size()) {
        throw new IllegalArgumentException(
            "a tree needs one mask for each of its sequences but has %d and %d"
                .formatted(scored.size(), sequences.size()));
      }
      sequences = List.copyOf(sequences);
      scored = List.copyOf(scored);
    }

    /** The tree of a preference pair: sequence 0 is the chosen one, 1 the rejected one. */
    public static Tree pair(int[] prompt, int[] chosen, int[] rejected) {
      return pair(prompt, chosen, prompt, rejected);
    }

    /** The tree of a pair whose answers may have more or less of the prompt before them. */
    public static Tree pair(int[] prompt, int[] chosen, int[] rejectedPrompt, int[] rejected) {
      return new Tree(
          List.of(concat(prompt, chosen), concat(rejectedPrompt, rejected)),
          List.of(after(prompt, chosen), after(rejectedPrompt, rejected)));
    }

    /** The tree of one answer to one prompt. */
    public static Tree single(int[] prompt, int[] completion) {
      return new Tree(List.of(concat(prompt, completion)), List.of(after(prompt, completion)));
    }

    /** The tree of prompts that are to be continued: each has one entry, under its last token. */
    public static Tree prompts(List<int[]> prompts) {
      // Which token follows does not matter: it is only a label.
      int[] label = {0};
      return new Tree(
          prompts.stream().map(prompt -> concat(prompt, label)).toList(),
          prompts.stream().map(prompt -> after(prompt, label)).toList());
    }

    private static boolean[] after(int[] prompt, int[] completion) {
      boolean[] scored = new boolean[prompt.length + completion.length];
      Arrays.fill(scored, prompt.length, scored.length, true);
      return scored;
    }

    private boolean isScored(int sequence, int token) {
      return token > 0 && scored.get(sequence)[token];
    }

    private static int[] concat(int[] a, int[] b) {
      int[] both = new int[a.length + b.length];
      System.arraycopy(a, 0, both, 0, a.length);
      System.arraycopy(b, 0, both, a.length, b.length);
      return both;
    }

    /** Rows that every sequence of the tree shares. */
    int sharedRows() {
      int shared = Integer.MAX_VALUE;
      int[] first = sequences.get(0);
      for (int[] sequence : sequences) {
        int limit = Math.min(Math.max(0, sequence.length - 1), shared);
        int equal = 0;
        while (equal < limit && equal < first.length && sequence[equal] == first[equal]) {
          equal++;
        }
        shared = equal;
      }
      return shared;
    }

    /** Rows of this tree in a batch. */
    public int rows() {
      int shared = sharedRows();
      int rows = shared;
      for (int[] sequence : sequences) {
        rows += Math.max(0, sequence.length - 1) - shared;
      }
      return rows;
    }
  }

  private FlatBatch(Builder builder) {
    tokenIds = toArray(builder.tokenIds);
    positions = toArray(builder.positions);
    groups = List.copyOf(builder.groups);
    scoredRows = toArray(builder.scoredRows);
    entryRow = toArray(builder.entryRow);
    entryLabel = toArray(builder.entryLabel);
    sequenceStart = toArray(builder.sequenceStart);
    longest = builder.longest;
  }

  /** Lays out trees one after the other. */
  public static FlatBatch of(List<Tree> trees) {
    return of(trees, false);
  }

  /**
   * The same, with a row for the last token of each sequence where {@code whole} is set: nothing
   * follows from it but what the token itself asks of a layer.
   */
  public static FlatBatch of(List<Tree> trees, boolean whole) {
    Builder builder = new Builder();
    builder.whole = whole;
    for (Tree tree : trees) {
      builder.add(tree);
    }
    return new FlatBatch(builder);
  }

  /** One token of each of several sequences that a cache holds; nothing is scored. */
  public static FlatBatch ofTokens(int[] tokens, int[] positions) {
    if (tokens.length != positions.length) {
      throw new IllegalArgumentException(
          "%d tokens have %d positions".formatted(tokens.length, positions.length));
    }
    Builder builder = new Builder();
    for (int i = 0; i < tokens.length; i++) {
      builder.tokenIds.add(tokens[i]);
      builder.positions.add(positions[i]);
      builder.longest = Math.max(builder.longest, positions[i] + 1);
    }
    return new FlatBatch(builder);
  }

  private static int[] toArray(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Number of rows. */
  public int rows() {
    return tokenIds.length;
  }

  /** Tokens of the longest sequence, its last one included, which has no row. */
  public int longestSequence() {
    return longest;
  }

  /** Input token of each row, {@code [rows]}. */
  public int[] tokenIds() {
    return tokenIds.clone();
  }

  /** Position of each row in its own sequence, {@code [rows]}. */
  public int[] positions() {
    return positions.clone();
  }

  /** The trees in row order. */
  public List<Group> groups() {
    return groups;
  }

  /** Rows whose hidden state goes through the head, ascending, each once. */
  public int[] scoredRows() {
    return scoredRows.clone();
  }

  /** For each entry the index into {@link #scoredRows()}. */
  public int[] entryRow() {
    return entryRow.clone();
  }

  /** For each entry the token whose log-probability is wanted. */
  public int[] entryLabel() {
    return entryLabel.clone();
  }

  /** Number of entries of all sequences. */
  public int entries() {
    return entryLabel.length;
  }

  /** Number of sequences of all trees. */
  public int sequences() {
    return sequenceStart.length - 1;
  }

  /** First entry of sequence {@code s}; the entries of a sequence are in token order. */
  public int entryStart(int sequence) {
    return sequenceStart[sequence];
  }

  /** One past the last entry of sequence {@code s}. */
  public int entryEnd(int sequence) {
    return sequenceStart[sequence + 1];
  }

  private static final class Builder {
    private final List<Integer> tokenIds = new ArrayList<>();
    private final List<Integer> positions = new ArrayList<>();
    private final List<Group> groups = new ArrayList<>();
    private final List<Integer> scoredRows = new ArrayList<>();
    private final List<Integer> entryRow = new ArrayList<>();
    private final List<Integer> entryLabel = new ArrayList<>();
    private final List<Integer> sequenceStart = new ArrayList<>(List.of(0));
    private int longest;
    private boolean whole;

    void add(Tree tree) {
      int start = tokenIds.size();
      int shared = tree.sharedRows();
      appendRows(tree.sequences().get(0), 0, shared);
      List<Integer> branches = new ArrayList<>();
      List<Integer> branchStart = new ArrayList<>();
      for (int[] sequence : tree.sequences()) {
        branchStart.add(tokenIds.size());
        longest = Math.max(longest, sequence.length);
        int end = Math.max(shared, whole ? sequence.length : sequence.length - 1);
        appendRows(sequence, shared, end);
        branches.add(end - shared);
      }
      groups.add(new Group(start, shared, List.copyOf(branches)));
      addEntries(tree, start, shared, branchStart);
    }

    private void appendRows(int[] sequence, int from, int to) {
      for (int t = from; t < to; t++) {
        tokenIds.add(sequence[t]);
        positions.add(t);
      }
    }

    private void addEntries(Tree tree, int start, int shared, List<Integer> branchStart) {
      int[] scoredIndex = new int[tokenIds.size() - start];
      for (int s = 0; s < tree.sequences().size(); s++) {
        int[] sequence = tree.sequences().get(s);
        for (int t = 1; t < sequence.length; t++) {
          if (tree.isScored(s, t)) {
            scoredIndex[rowBefore(t, start, shared, branchStart.get(s)) - start] = 1;
          }
        }
      }
      for (int i = 0; i < scoredIndex.length; i++) {
        if (scoredIndex[i] == 1) {
          scoredIndex[i] = scoredRows.size();
          scoredRows.add(start + i);
        }
      }
      for (int s = 0; s < tree.sequences().size(); s++) {
        int[] sequence = tree.sequences().get(s);
        for (int t = 1; t < sequence.length; t++) {
          if (tree.isScored(s, t)) {
            entryRow.add(scoredIndex[rowBefore(t, start, shared, branchStart.get(s)) - start]);
            entryLabel.add(sequence[t]);
          }
        }
        sequenceStart.add(entryLabel.size());
      }
    }

    /** The row whose hidden state predicts token {@code t} of a sequence. */
    private static int rowBefore(int t, int start, int shared, int branchStart) {
      return t - 1 < shared ? start + t - 1 : branchStart + (t - 1 - shared);
    }
  }
}
