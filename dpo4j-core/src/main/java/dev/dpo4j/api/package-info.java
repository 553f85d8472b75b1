/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Everything an application needs to fine-tune a model: models, data, configurations and trainers.
 *
 * <p>Types of other packages that stand in signatures of this one, such as {@link
 * dev.dpo4j.metrics.MetricSink}, {@link dev.dpo4j.optim.Optimizer} or {@link
 * dev.dpo4j.train.loop.TrainListener}, are meant to be used, too.
 */
@NullMarked
package dev.dpo4j.api;

import org.jspecify.annotations.NullMarked;
