/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.serve.protocol.ApiException;
import dev.dpo4j.serve.protocol.WireJson;
import dev.dpo4j.web.StreamedReply;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The events of a streamed reply: pieces of choices, the tokens taken, and the end. */
final class EventStream {
  private final StreamedReply.Writer writer;
  private final ReplyHead head;
  private final String object;

  /**
   * Begins a stream.
   *
   * @param object the type of its pieces
   */
  EventStream(StreamedReply.Writer writer, ReplyHead head, String object) {
    this.writer = writer;
    this.head = head;
    this.object = object;
  }

  /** Sends a piece of one choice. */
  void send(Map<String, @Nullable Object> choice) throws IOException {
    Map<String, @Nullable Object> chunk = head.body(object);
    chunk.put("choices", List.of(choice));
    event(WireJson.write(chunk));
  }

  /**
   * Follows the answers to their end and ends the stream.
   *
   * @param usage the tokens taken, asked for at the end; null where the client does not want them
   */
  void follow(AnswerRun run, AnswerRun.Sink<IOException> sink, @Nullable Supplier<Object> usage)
      throws IOException {
    try {
      run.follow(sink);
    } catch (ApiException e) {
      // The status is sent already: the clients read an error from the stream.
      event(e.body());
      return;
    }
    if (usage != null) {
      event(WireJson.write(head.whole(object, List.of(), usage.get())));
    }
    event("[DONE]");
  }

  private void event(String data) throws IOException {
    writer.send("data: " + data + "\n\n");
  }
}
