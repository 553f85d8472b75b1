/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.RowCursor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a mixture of data sets, as alignment-handbook and TRL mix them. */
final class MixedRows {
  private MixedRows() {}

  /**
   * The rows to train on, before any are held out.
   *
   * @param maxSamples most rows of each data set, or null for all
   */
  static RowSource train(MixtureSpec spec, @Nullable Integer maxSamples, boolean dropMedia) {
    RowSource all = joined(spec, spec.train(), maxSamples, dropMedia);
    return spec.shuffle() ? HeldOutRows.shuffled(all, 1, spec.seed()) : all;
  }

  /** The rows to evaluate on: all of them, that runs can be compared. */
  static RowSource test(MixtureSpec spec, boolean dropMedia) {
    return joined(spec, spec.test(), null, dropMedia);
  }

  private static RowSource joined(
      MixtureSpec spec,
      List<MixtureSpec.Part> parts,
      @Nullable Integer maxSamples,
      boolean dropMedia) {
    List<RowSource> sources =
        parts.stream().map(part -> source(part, spec.seed(), maxSamples, dropMedia)).toList();
    return new Mixture(sources, MixStrategy.CONCAT, List.of(), spec.seed());
  }

  private static RowSource source(
      MixtureSpec.Part part, long seed, @Nullable Integer maxSamples, boolean dropMedia) {
    RowSource rows =
        new RowSource() {
          @Override
          public String name() {
            return RowSource.of(part.id(), part.split(), RowShape.AUTO, null, false).name();
          }

          @Override
          public RowCursor open(Faults faults) {
            RowShape form = RowShape.of(part.format());
            boolean plain = part.names().isEmpty() && part.kept().isEmpty();
            RowShape shape =
                plain ? form : new NamedColumns(part.names(), part.kept(), form, part.id());
            return RowSource.of(part.id(), part.split(), shape, maxSamples, dropMedia).open(faults);
          }
        };
    if (part.weight() != null) {
      return HeldOutRows.shuffled(rows, part.weight(), seed);
    }
    return part.fraction() == null ? rows : HeldOutRows.first(rows, part.fraction());
  }
}
