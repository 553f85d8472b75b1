/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

/** Tells that an endpoint cannot be used: a wrong address, key or model, or it has gone away. */
public final class EndpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with what is wrong. */
  public EndpointException(String message) {
    super(message);
  }
}
