/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.prompt;

import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.row.Origin;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that a model answers while it is trained.
 *
 * <p>The array is not copied; nobody may change it.
 *
 * @param row place of the row in its split, counted from 0, before any slice
 * @param origin file and line of the row
 * @param prompt what is answered
 * @param ids its tokens, up to where the answer begins
 * @param columns the other columns of the row, which rewards may read
 */
@SuppressWarnings("ArrayRecordComponent") // tokens on their way to the model; never compared
public record TokenizedPrompt(
    int row, Origin origin, Prompt prompt, int[] ids, Map<String, @Nullable Object> columns) {
  public TokenizedPrompt {
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }
}
