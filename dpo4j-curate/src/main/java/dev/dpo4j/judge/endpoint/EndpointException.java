/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

/** Tells that an endpoint cannot be used at all: a wrong address, key or model. */
public final class EndpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EndpointException(String message) {
    super(message);
  }
}
