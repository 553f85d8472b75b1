/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.token.TokenCheck;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.doctor.check.RowChart.Symptom;
import dev.dpo4j.doctor.check.Scripts.WrittenLanguage;
import dev.dpo4j.doctor.check.UnfinishedAnswers.Ending;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Example;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.doctor.finding.ReferenceScorer;
import dev.dpo4j.tokenizer.LearntEnd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row that was looked at by itself, which may have happened in another process.
 *
 * @param chart what it shows
 * @param learnt the last tokens that are learnt of its chosen answer, or null where they are not
 *     known or cut off
 * @param score what the reference says, or null if it was not asked
 */
@SuppressWarnings("ArrayRecordComponent") // made once, taken, thrown away
public record LookedRow(RowChart chart, int @Nullable [] learnt, @Nullable PairScore score) {

  /** Asks the models about a chart. */
  public static LookedRow of(RowChart chart, @Nullable ReferenceScorer scorer) {
    TokenizedPair kept = chart.tokens() == null ? null : chart.tokens().kept();
    if (kept == null) {
      return new LookedRow(chart, null, null);
    }
    boolean cut = chart.has(DataProblem.ANSWER_CUT);
    boolean same =
        chart.has(DataProblem.IDENTICAL_ANSWERS) || chart.has(DataProblem.IDENTICAL_AFTER_CUT);
    return new LookedRow(
        chart,
        cut ? null : LearntEnd.tail(kept.chosenIds()),
        scorer == null || same ? null : scorer.score(kept));
  }

  /** As bytes, without the place where it stands. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(chart.symptoms().size());
      for (Symptom symptom : chart.symptoms()) {
        out.writeUTF(symptom.ailment().name());
        out.writeUTF(Example.head(symptom.what()));
      }
      Fingerprint print = chart.fingerprint();
      writeLongs(out, new long[] {print.prompt(), print.chosen(), print.rejected(), print.exact()});
      writeLongs(out, chart.places());
      out.writeInt(chart.answerBytes().length);
      out.write(chart.answerBytes());
      out.writeUTF(chart.language().name());
      out.writeInt(chart.chosenLength());
      out.writeInt(chart.rejectedLength());
      out.writeUTF(chart.chosenEnding().name());
      out.writeUTF(chart.rejectedEnding().name());
      writeModels(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void writeModels(DataOutputStream out) throws IOException {
    TokenCheck.Result tokens = chart.tokens();
    out.writeBoolean(tokens != null);
    if (tokens != null) {
      out.writeInt(tokens.prompt());
      out.writeInt(tokens.chosen());
      out.writeInt(tokens.rejected());
      out.writeBoolean(tokens.tokenized());
    }
    int[] end = learnt == null ? new int[0] : learnt;
    out.writeInt(learnt == null ? -1 : end.length);
    for (int token : end) {
      out.writeInt(token);
    }
    out.writeBoolean(score != null);
    if (score != null) {
      out.writeDouble(score.chosen());
      out.writeDouble(score.rejected());
      out.writeInt(score.chosenTokens());
      out.writeInt(score.rejectedTokens());
    }
  }

  /**
   * Reads what {@link #toBytes} has written.
   *
   * @param origin where the row stands
   */
  public static LookedRow ofBytes(byte[] bytes, Origin origin) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      List<Symptom> symptoms = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        symptoms.add(new Symptom(DataProblem.valueOf(in.readUTF()), in.readUTF()));
      }
      long[] print = readLongs(in);
      RowChart chart =
          new RowChart(
              origin,
              symptoms,
              new Fingerprint(print[0], print[1], print[2], print[3]),
              nullIfEmpty(readLongs(in)),
              in.readNBytes(in.readInt()),
              WrittenLanguage.valueOf(in.readUTF()),
              in.readInt(),
              in.readInt(),
              Ending.valueOf(in.readUTF()),
              Ending.valueOf(in.readUTF()),
              readTokens(in));
      return new LookedRow(chart, readEnd(in), readScore(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TokenCheck.@Nullable Result readTokens(DataInputStream in) throws IOException {
    return in.readBoolean()
        ? new TokenCheck.Result(
            Set.of(), in.readInt(), in.readInt(), in.readInt(), in.readBoolean(), null, "")
        : null;
  }

  private static int @Nullable [] readEnd(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      return null;
    }
    int[] tokens = new int[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = in.readInt();
    }
    return tokens;
  }

  private static @Nullable PairScore readScore(DataInputStream in) throws IOException {
    return in.readBoolean()
        ? new PairScore(in.readDouble(), in.readDouble(), in.readInt(), in.readInt())
        : null;
  }

  /** No longs stand for none. */
  private static void writeLongs(DataOutputStream out, long @Nullable [] values)
      throws IOException {
    out.writeInt(values == null ? 0 : values.length);
    for (long value : values == null ? new long[0] : values) {
      out.writeLong(value);
    }
  }

  private static long[] readLongs(DataInputStream in) throws IOException {
    long[] values = new long[in.readInt()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readLong();
    }
    return values;
  }

  private static long @Nullable [] nullIfEmpty(long[] values) {
    return values.length == 0 ? null : values;
  }
}
