/* SPDX-License-Identifier: Apache-2.0 */
// AdamW over flat storage, in the order of torch's fused step: decay, moments, update.
#include "common.cuh"

struct AdamwArgs {
  void* w;
  void* g;
  ll gType;
  void* m;
  void* v;
  void* half;
  ll halfType;
  ll n;
  double lr;
  double beta1;
  double beta2;
  double eps;
  double weightDecay;
  double bias1;
  double bias2;
  double gradScale;
  ll clearGradient;
};

template <int N>
INLINE void adamwStep(const AdamwArgs& a, ll from, ll to) {
  const float decay = (float)(a.lr * a.weightDecay);
  const float rest1 = (float)(1.0 - a.beta1);
  const float beta2 = (float)a.beta2;
  const float rest2 = (float)(1.0 - a.beta2);
  const float stepSize = (float)(a.lr / a.bias1);
  const float rootBias2 = (float)sqrt(a.bias2);
  const float eps = (float)a.eps;
  const float scale = (float)a.gradScale;
  for (ll i = from + threadNumber() * N; i < to; i += threadCount() * N) {
    Raw<N> gRaw = fetch<N>(a.g, a.gType, i);
    Pack<N> w = loadPack<N>(a.w, FLOAT32, i);
    Pack<N> m = loadPack<N>(a.m, FLOAT32, i);
    Pack<N> v = loadPack<N>(a.v, FLOAT32, i);
    Pack<N> g = unpack<N>(gRaw, a.gType);
#pragma unroll
    for (int k = 0; k < N; k++) {
      float grad = g.v[k] * scale;
      w.v[k] -= decay * w.v[k];
      m.v[k] += rest1 * (grad - m.v[k]);
      v.v[k] = beta2 * v.v[k] + rest2 * grad * grad;
      w.v[k] -= stepSize * m.v[k] / (sqrtf(v.v[k]) / rootBias2 + eps);
      g.v[k] = 0;
    }
    storePack<N>(a.w, FLOAT32, i, w);
    storePack<N>(a.m, FLOAT32, i, m);
    storePack<N>(a.v, FLOAT32, i, v);
    if (a.half != 0) {
      storePack<N>(a.half, a.halfType, i, w);
    }
    if (a.clearGradient) {
      storePack<N>(a.g, a.gType, i, g);
    }
  }
}

KERNEL(adamw, AdamwArgs) {
  ll packed = 0;
  if (packs(a.w, FLOAT32, 0, 0) && packs(a.g, a.gType, 0, 0) && packs(a.m, FLOAT32, 0, 0) &&
      packs(a.v, FLOAT32, 0, 0) && (a.half == 0 || packs(a.half, a.halfType, 0, 0))) {
    packed = a.n / 8 * 8;
    adamwStep<8>(a, 0, packed);
  }
  adamwStep<1>(a, packed, a.n);
}
