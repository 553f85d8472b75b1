/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import java.util.BitSet;
import java.util.Set;

/** Holds one answer to a form of JSON. */
final class JsonFilter implements TokenFilter {
  private final JsonForm form;
  private final BitSet stopIds = new BitSet();
  private JsonState state;

  JsonFilter(JsonForm form, Set<Integer> stopIds) {
    this.form = form;
    stopIds.forEach(this.stopIds::set);
    this.state = form.start();
  }

  @Override
  public void mask(float[] scores) {
    BitSet allowed = form.allowed(state);
    boolean end = state.mayEnd();
    boolean any = false;
    for (int id = 0; id < scores.length; id++) {
      if (allowed.get(id) || (end && stopIds.get(id))) {
        any = true;
      } else {
        scores[id] = Float.NEGATIVE_INFINITY;
      }
    }
    if (!any) {
      throw new IllegalStateException(
          "no token of the vocabulary continues this JSON: the tokenizer has no tokens for single"
              + " bytes");
    }
  }

  @Override
  public void accept(int id) {
    state = form.after(state, id);
  }

  @Override
  public boolean complete() {
    return state.isWhole() || (state.mayEnd() && form.allowed(state).isEmpty());
  }
}
