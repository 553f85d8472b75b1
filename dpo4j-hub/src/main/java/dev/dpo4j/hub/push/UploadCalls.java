/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.push;

import dev.dpo4j.hub.http.HubErrors;
import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.http.HubResponse;
import dev.dpo4j.hub.http.Urls;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubName;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What all requests of an upload share: how long they may take, and how their answers are read. */
public final class UploadCalls {
  /** Writes the bodies of the requests. */
  public static final JsonMapper JSON = JsonMapper.shared();

  private UploadCalls() {}

  /** A body of this size may take this long on a slow line, and its answer a minute more. */
  public static Duration patience(long bytes) {
    return Duration.ofSeconds(60 + bytes / 50_000);
  }

  /** Reads an answer, or throws what its refusal means. */
  public static JsonNode json(
      HubRequests requests, HubName name, HubResponse answer, @Nullable String what) {
    if (!answer.good()) {
      throw new HubErrors(requests.settings(), name).of(answer, what == null ? "" : what);
    }
    try {
      return answer.json();
    } catch (IOException e) {
      throw new HubException(
          Reason.NETWORK,
          "the answer of %s broke off; look at the repository before you try again: %s"
              .formatted(Urls.shown(answer.uri()), HubRequests.describe(e)),
          e);
    }
  }
}
