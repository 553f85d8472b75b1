/* SPDX-License-Identifier: Apache-2.0 */
/** Compiled as a module, so that it can use nothing but what dpo4j exports. */
module example {
  requires dev.dpo4j.core;
}
