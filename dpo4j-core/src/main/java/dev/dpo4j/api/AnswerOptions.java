/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.generate.SamplingOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Generator} answers. Begin with {@link Generator#defaults()} or {@link #greedy()} and
 * change what differs; every method returns a new object.
 *
 * @param sampling how tokens are chosen
 * @param stop texts that end an answer, which stops before them
 * @param topLogProbs how many of the most probable tokens are told at each place; -1 for no
 *     log-probabilities
 * @param form what the answer must be
 * @param schema the JSON schema of an answer in the form of one
 * @param priority answers of a higher one begin first
 */
public record AnswerOptions(
    SamplingOptions sampling,
    List<String> stop,
    int topLogProbs,
    Form form,
    @Nullable String schema,
    int priority) {
  /** What an answer must be. */
  public enum Form {
    /** Any text. */
    TEXT,
    /** A JSON object. */
    JSON_OBJECT,
    /** JSON that is valid under a schema. */
    JSON_SCHEMA
  }

  /** Copies the list. */
  public AnswerOptions {
    stop = List.copyOf(stop);
  }

  /** The most probable token each time, up to 256 of them. */
  public static AnswerOptions greedy() {
    return of(SamplingOptions.greedy(Generator.DEFAULT_TOKENS));
  }

  /** Any text, with tokens chosen in a given way. */
  public static AnswerOptions of(SamplingOptions sampling) {
    return new AnswerOptions(sampling, List.of(), -1, Form.TEXT, null, 0);
  }

  private AnswerOptions with(SamplingOptions other) {
    return new AnswerOptions(other, stop, topLogProbs, form, schema, priority);
  }

  private AnswerOptions with(Form otherForm, @Nullable String otherSchema) {
    return new AnswerOptions(sampling, stop, topLogProbs, otherForm, otherSchema, priority);
  }

  /** The same with another limit of tokens. */
  public AnswerOptions maxNewTokens(int tokens) {
    SamplingOptions s = sampling;
    return with(
        new SamplingOptions(
            tokens,
            s.temperature(),
            s.topK(),
            s.topP(),
            s.minP(),
            s.repetitionPenalty(),
            s.seed()));
  }

  /** The same with another temperature; 0 takes the most probable token. */
  public AnswerOptions temperature(double temperature) {
    SamplingOptions s = sampling;
    return with(
        new SamplingOptions(
            s.maxNewTokens(),
            temperature,
            s.topK(),
            s.topP(),
            s.minP(),
            s.repetitionPenalty(),
            s.seed()));
  }

  /** The same with another top p. */
  public AnswerOptions topP(double topP) {
    SamplingOptions s = sampling;
    return with(
        new SamplingOptions(
            s.maxNewTokens(),
            s.temperature(),
            s.topK(),
            topP,
            s.minP(),
            s.repetitionPenalty(),
            s.seed()));
  }

  /** The same with another seed. */
  public AnswerOptions seed(long seed) {
    return with(sampling.withSeed(seed));
  }

  /** The same with texts that end an answer. */
  public AnswerOptions stop(String... texts) {
    return new AnswerOptions(sampling, List.of(texts), topLogProbs, form, schema, priority);
  }

  /** The same with log-probabilities and that many alternatives at each place. */
  public AnswerOptions logProbs(int top) {
    return new AnswerOptions(sampling, stop, top, form, schema, priority);
  }

  /** The same for answers that are a JSON object. */
  public AnswerOptions json() {
    return with(Form.JSON_OBJECT, null);
  }

  /** The same for answers that are valid under a JSON schema. */
  public AnswerOptions json(String otherSchema) {
    return with(Form.JSON_SCHEMA, otherSchema);
  }

  /** The same with another priority. */
  public AnswerOptions priority(int other) {
    return new AnswerOptions(sampling, stop, topLogProbs, form, schema, other);
  }
}
