/* SPDX-License-Identifier: Apache-2.0 */
/** From tensors to the trainers: {@code dev.dpo4j.api} is where to start. */
module dev.dpo4j.core {
  requires static transitive org.jspecify;
  requires transitive dev.dpo4j.data;
  requires transitive dev.dpo4j.curate;
  requires com.sun.jna;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.openblas;
  requires org.bytedeco.pytorch;
  requires org.slf4j;
  requires tools.jackson.databind;

  exports dev.dpo4j.api;

  uses dev.dpo4j.tensor.Backends.Provider;
  uses dev.dpo4j.tensor.probe.CardReport.Source;

  provides dev.dpo4j.tensor.Backends.Provider with
      dev.dpo4j.tensor.cuda.CudaProvider,
      dev.dpo4j.tensor.cuda.EmulatedProvider;
  provides dev.dpo4j.tensor.probe.CardReport.Source with
      dev.dpo4j.tensor.cuda.card.CudaCards;

  // Native methods are bound, and records are written, by reflection.
  opens dev.dpo4j.tensor.cuda.card to
      com.sun.jna;
  opens dev.dpo4j.tensor.cuda.host to
      com.sun.jna;
  opens dev.dpo4j.tensor.cuda.torch to
      com.sun.jna;
  opens dev.dpo4j.checkpoint to
      tools.jackson.databind;
  opens dev.dpo4j.metrics to
      tools.jackson.databind;
}
