/* SPDX-License-Identifier: Apache-2.0 */
/** Many runs over values of some keys, and what they show. */
@NullMarked
package dev.dpo4j.cli.sweep;

import org.jspecify.annotations.NullMarked;
