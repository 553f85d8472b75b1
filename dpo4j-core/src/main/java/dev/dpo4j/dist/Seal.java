/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Shows for each message of one direction of a connection that its sender knows the secret. */
final class Seal {
  /** Bytes of a seal. */
  static final int LENGTH = 32;

  private static final String ALGORITHM = "HmacSHA256";

  private final byte[] key;
  private long count;

  Seal(byte[] key) {
    this.key = key.clone();
  }

  /** Returns the HMAC-SHA256 of parts, each with its length before it. */
  static byte[] hmac(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      for (byte[] part : parts) {
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  /** Returns the key of a secret. */
  static byte[] key(String secret) {
    return secret.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns the seal of the next message. */
  byte[] next(byte kind, byte[] bytes) {
    byte[] head = ByteBuffer.allocate(Long.BYTES + 1).putLong(count++).put(kind).array();
    return hmac(key, head, bytes);
  }

  /** Refuses the next message if its seal is not right. */
  void check(byte kind, byte[] bytes, byte[] seal) throws IOException {
    if (!MessageDigest.isEqual(next(kind, bytes), seal)) {
      throw new IOException(
          "a message was changed on its way, or its sender does not know the secret");
    }
  }
}
