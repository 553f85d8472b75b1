/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.http.Call;
import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.http.HubResponse;
import dev.dpo4j.hub.http.Urls;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The account that a token belongs to.
 *
 * @param name name of the account, such as {@code ada}
 * @param organizations names of the organizations that it is a member of
 * @param tokenName the name that its owner has given to the token; empty where the Hub tells none
 * @param role what the token may do, such as {@code read} or {@code write}; empty if not told
 */
public record HubAccount(String name, List<String> organizations, String tokenName, String role) {
  public HubAccount {
    organizations = List.copyOf(organizations);
  }

  /** Asks the Hub whose token it is that the requests carry. */
  static HubAccount ask(HubRequests requests, HubListener listener) {
    HubSettings settings = requests.settings();
    if (settings.offline()) {
      throw new HubException(
          Reason.OFFLINE,
          "the Hub cannot be asked about a token: HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) allows"
              + " no network");
    }
    Call call = Call.get(Urls.below(settings.endpoint(), "api/whoami-v2"), settings.etagTimeout());
    try (HubResponse answer = requests.send(call, listener)) {
      if (answer.status() == 401) {
        throw new HubException(
            Reason.UNAUTHORIZED,
            "the Hub does not accept the given token: it may be wrong, expired or revoked. Make"
                + " another at %s/settings/tokens".formatted(Urls.shown(settings.endpoint())));
      }
      if (!answer.good()) {
        throw new HubException(
            Reason.NETWORK,
            "%s answered with status %d when asked about the token. Try again later"
                .formatted(Urls.shown(answer.uri()), answer.status()));
      }
      return read(answer);
    } catch (IOException e) {
      throw new HubException(
          Reason.NETWORK, "the answer about the token broke off: " + HubRequests.describe(e), e);
    }
  }

  private static HubAccount read(HubResponse answer) throws IOException {
    JsonNode told = answer.json();
    String name = told.path("name").asString("");
    if (name.isEmpty()) {
      throw answer.malformed("no name of the account", null);
    }
    List<String> organizations = new ArrayList<>();
    told.path("orgs").forEach(org -> organizations.add(org.path("name").asString("")));
    JsonNode token = told.path("auth").path("accessToken");
    return new HubAccount(
        name,
        organizations,
        token.path("displayName").asString(""),
        token.path("role").asString(""));
  }
}
