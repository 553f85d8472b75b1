/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages name the key and never its value. */
class SecretsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "hub_token",
        "hub-token",
        "HF_TOKEN",
        "token",
        "use_auth_token",
        "push_to_hub_token",
        "api_key",
        "OPENAI_API_KEY",
        "wandb_api_key",
        "aws_secret_access_key",
        "password",
        "client_secret",
      })
  void namesOfSecretsAreKnown(String key) {
    assertThat(Secrets.isSecret(key)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eos_token", "pad_token", "bos_token", "image_token", "max_new_tokens", "num_tokens",
        "api_key_env", "learning_rate", "keys", "tokenizer", "min_token", "beta"
      })
  void otherNamesAreNot(String key) {
    assertThat(Secrets.isSecret(key)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "found hf_SECRETsecretSECRET here",
        "found hf_abcdefghijklmnopqrSECRETsecret here",
        "found hf_oauth_eySECRETsecretSECRET here",
        "sk-proj-SECRETsecret_SECRET-1",
        "unexpected argument \"ghp_SECRETsecretSECRETsecret\"",
        "cannot reach https://me:SECRETsecret@example.org/v1",
        "unknown option --api_key=SECRETsecret",
        "at https://example.org/?api_key=SECRETsecret&x=1",
      })
  void whatLooksLikeASecretIsNotShown(String text) {
    assertThat(Secrets.mask(text)).contains(Secrets.HIDDEN).doesNotContain("SECRETsecret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hub_token: is known to TRL but has no effect here",
        "eos_token=<|im_end|>, learning_rate=5e-7",
        "the token <|im_end|> has the id 7",
        "https://huggingface.co/org/name@main",
        "task-hf_x and sk-1",
        "the key hf_hub_url of dataset_info.json",
        "hf_oauth_scopes, hf_transfer and hf_oauth_expiration_minutes",
      })
  void anythingElseStaysAsItIs(String text) {
    assertThat(Secrets.mask(text)).isEqualTo(text);
  }

  @Test
  void valuesOfTheEnvironmentAreHiddenAlsoAsAddressesSpellThem() {
    List<String> values =
        Secrets.valuesOf(
            Map.of("MY_API_KEY", "abc/def+ghi", "HOME", "/home/somebody", "API_KEY", "abc"));
    assertThat(Secrets.mask("x abc/def+ghi y abc%2Fdef%2Bghi z /home/somebody", values))
        .isEqualTo("x (not shown) y (not shown) z /home/somebody");
  }
}
