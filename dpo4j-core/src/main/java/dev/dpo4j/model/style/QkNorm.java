/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

/** Whether queries and keys pass a norm, and over what. */
public enum QkNorm {
  /** There is none. */
  NONE,
  /** Over each head, before it is rotated. */
  HEAD,
  /** Over each head, after it was rotated. */
  HEAD_AFTER_ROTATION,
  /** Over all heads together, before they are rotated. */
  ALL_HEADS;

  /** Whether there is one. */
  public boolean isPresent() {
    return this != NONE;
  }
}
