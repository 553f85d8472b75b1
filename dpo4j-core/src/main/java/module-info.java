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
  exports dev.dpo4j.api.rl;
  exports dev.dpo4j.checkpoint;
  exports dev.dpo4j.dist;
  exports dev.dpo4j.generate;
  exports dev.dpo4j.generate.constrain;
  exports dev.dpo4j.generate.speculate;
  exports dev.dpo4j.loss;
  exports dev.dpo4j.loss.group;
  exports dev.dpo4j.loss.objective;
  exports dev.dpo4j.loss.pair;
  exports dev.dpo4j.loss.ppo;
  exports dev.dpo4j.loss.single;
  exports dev.dpo4j.metrics;
  exports dev.dpo4j.model;
  exports dev.dpo4j.model.export;
  exports dev.dpo4j.model.family;
  exports dev.dpo4j.model.lora;
  exports dev.dpo4j.model.style;
  exports dev.dpo4j.model.weights;
  exports dev.dpo4j.nn;
  exports dev.dpo4j.nn.shard;
  exports dev.dpo4j.optim;
  exports dev.dpo4j.optim.schedule;
  exports dev.dpo4j.quant;
  exports dev.dpo4j.safetensors;
  exports dev.dpo4j.tensor;
  exports dev.dpo4j.tensor.probe;
  exports dev.dpo4j.train.dpo;
  exports dev.dpo4j.train.grpo;
  exports dev.dpo4j.train.kto;
  exports dev.dpo4j.train.loop;
  exports dev.dpo4j.train.options;
  exports dev.dpo4j.train.ppo;
  exports dev.dpo4j.train.reward;
  exports dev.dpo4j.train.rollout;
  exports dev.dpo4j.train.run;
  exports dev.dpo4j.train.sft;

  uses dev.dpo4j.tensor.Backends.Provider;
  uses dev.dpo4j.tensor.probe.CardReport.Source;

  provides dev.dpo4j.tensor.Backends.Provider with
      dev.dpo4j.tensor.cuda.CudaProvider,
      dev.dpo4j.tensor.cuda.EmulatedProvider;
  provides dev.dpo4j.tensor.probe.CardReport.Source with
      dev.dpo4j.tensor.cuda.card.CudaCards;

  // Native methods are bound, and records are written, by reflection.
  opens dev.dpo4j.train.dpo to
      tools.jackson.databind;
  opens dev.dpo4j.train.grpo to
      tools.jackson.databind;
  opens dev.dpo4j.train.ppo to
      tools.jackson.databind;
  opens dev.dpo4j.tensor.cuda.card to
      com.sun.jna;
  opens dev.dpo4j.tensor.cuda.host to
      com.sun.jna;
  opens dev.dpo4j.tensor.cuda.nccl to
      com.sun.jna;
  opens dev.dpo4j.tensor.cuda.torch to
      com.sun.jna;
}
