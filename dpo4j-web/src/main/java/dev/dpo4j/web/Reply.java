/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

/** What the server answers: whole, or piece by piece. */
public sealed interface Reply permits Response, StreamedReply {}
