/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import dev.dpo4j.generate.TokenLogProb;
import dev.dpo4j.generate.TokenLogProb.Candidate;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes tokens and their log-probabilities as OpenAI's two protocols want them. */
public final class TokenTexts {
  /** JSON has no minus infinity; OpenAI writes this instead. */
  private static final double LEAST = -9999;

  private final HfTokenizer tokenizer;

  /** Writes tokens of a tokenizer. */
  public TokenTexts(HfTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  private byte[] bytes(int id) {
    return tokenizer
        .bytes(id)
        .orElseGet(() -> tokenizer.decode(new int[] {id}, false).getBytes(StandardCharsets.UTF_8));
  }

  /** The text of a token; one that holds parts of a character only is written as its bytes. */
  public String text(int id) {
    byte[] bytes = bytes(id);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      StringBuilder text = new StringBuilder("bytes:");
      for (byte b : bytes) {
        text.append(String.format("\\x%02x", b & 0xff));
      }
      return text.toString();
    }
  }

  private static double finite(double logProb) {
    return Double.isFinite(logProb) ? logProb : LEAST;
  }

  /** The log-probabilities of a message. */
  public Map<String, @Nullable Object> ofChat(List<TokenLogProb> logProbs) {
    List<Object> content = new ArrayList<>();
    for (TokenLogProb logProb : logProbs) {
      Map<String, @Nullable Object> token = token(logProb.id(), logProb.logProb());
      List<Object> top = new ArrayList<>();
      for (Candidate candidate : logProb.top()) {
        top.add(token(candidate.id(), candidate.logProb()));
      }
      token.put("top_logprobs", top);
      content.add(token);
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("content", content);
    all.put("refusal", null);
    return all;
  }

  private Map<String, @Nullable Object> token(int id, double logProb) {
    List<Integer> numbers = new ArrayList<>();
    for (byte b : bytes(id)) {
      numbers.add(b & 0xff);
    }
    Map<String, @Nullable Object> token = new LinkedHashMap<>();
    token.put("token", text(id));
    token.put("logprob", finite(logProb));
    token.put("bytes", numbers);
    return token;
  }

  /**
   * The log-probabilities of a continued text.
   *
   * @param first a token without one that stands before all, or -1 for none
   * @param logProbs the tokens that have one
   * @param top whether the most probable tokens are told
   * @param offset where the first token begins in the text
   */
  public Map<String, @Nullable Object> ofText(
      int first, List<TokenLogProb> logProbs, boolean top, int offset) {
    List<String> tokens = new ArrayList<>();
    List<@Nullable Object> values = new ArrayList<>();
    List<@Nullable Object> tops = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    int at = offset;
    if (first >= 0) {
      tokens.add(text(first));
      values.add(null);
      tops.add(null);
      offsets.add(at);
      at += tokens.get(0).length();
    }
    for (TokenLogProb logProb : logProbs) {
      String text = text(logProb.id());
      tokens.add(text);
      values.add(finite(logProb.logProb()));
      Map<String, Object> best = new LinkedHashMap<>();
      // Of tokens with the same text the most probable one counts.
      logProb.top().forEach(c -> best.putIfAbsent(text(c.id()), finite(c.logProb())));
      best.putIfAbsent(text, finite(logProb.logProb()));
      tops.add(best);
      offsets.add(at);
      at += text.length();
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("tokens", tokens);
    all.put("token_logprobs", values);
    all.put("top_logprobs", top ? Objects.requireNonNull(tops) : null);
    all.put("text_offset", offsets);
    return all;
  }
}
