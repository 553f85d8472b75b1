/* SPDX-License-Identifier: Apache-2.0 */
/** The one web server of the studio: loopback only, one secret, no file system behind it. */
@NullMarked
package dev.dpo4j.studio.server;

import org.jspecify.annotations.NullMarked;
