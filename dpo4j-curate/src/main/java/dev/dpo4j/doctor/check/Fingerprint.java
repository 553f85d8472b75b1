/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.io.Checksums;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Checksums that stand for the texts of a pair: 64 bits of SHA-256 each.
 *
 * <p>Among a million texts, two different ones share a fingerprint with a chance of 3e-8.
 *
 * @param prompt of the normalised prompt
 * @param chosen of the normalised chosen answer
 * @param rejected of the normalised rejected answer
 * @param exact of the pair as it stands, to the character
 */
record Fingerprint(long prompt, long chosen, long rejected, long exact) {

  static Fingerprint of(TextView text) {
    MessageDigest digest = Checksums.digest();
    return new Fingerprint(
        hash(digest, TextView.normal(text.exactPrompt())),
        hash(digest, TextView.normal(text.exactChosen())),
        hash(digest, TextView.normal(text.exactRejected())),
        hash(digest, text.exactPrompt(), text.exactChosen(), text.exactRejected()));
  }

  /** The same for both orders of the two answers. */
  long answers() {
    return mix(Math.min(chosen, rejected) ^ mix(Math.max(chosen, rejected)));
  }

  private static long hash(MessageDigest digest, String... texts) {
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      digest.update(bytes);
    }
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  /** Scatters the bits of a number (the finaliser of SplitMix64, Steele et al. 2014). */
  static long mix(long z) {
    long x = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    x = (x ^ x >>> 27) * 0x94d049bb133111ebL;
    return x ^ x >>> 31;
  }
}
