/* SPDX-License-Identifier: Apache-2.0 */
// The gate of the feed-forward layer.
#include "common.cuh"

struct SwigluArgs {
  void* out;
  ll outType;
  void* gate;
  void* up;
  ll inType;
  ll rows;
  ll size;
  ll outRowStride;
  ll inRowStride;
};

INLINE ll rowOf(ll i, ll width) {
  return (i | width) >> 31 == 0 ? (ll)((unsigned)i / (unsigned)width) : i / width;
}

template <int N>
INLINE void swiglu(const SwigluArgs& a) {
  const ll count = a.size / N;
  for (ll i = threadNumber(); i < a.rows * count; i += threadCount()) {
    ll row = rowOf(i, count);
    ll c = (i - row * count) * N;
    Raw<N> gRaw = fetch<N>(a.gate, a.inType, row * a.inRowStride + c);
    Raw<N> uRaw = fetch<N>(a.up, a.inType, row * a.inRowStride + c);
    Pack<N> g = unpack<N>(gRaw, a.inType);
    Pack<N> u = unpack<N>(uRaw, a.inType);
#pragma unroll
    for (int k = 0; k < N; k++) {
      u.v[k] *= g.v[k] / (1.0f + expf(-g.v[k]));
    }
    storePack<N>(a.out, a.outType, row * a.outRowStride + c, u);
  }
}

KERNEL(swiglu, SwigluArgs) {
  if (packs(a.gate, a.inType, a.size, a.inRowStride) && packs(a.up, a.inType, 0, 0) &&
      packs(a.out, a.outType, a.size, a.outRowStride)) {
    swiglu<8>(a);
  } else {
    swiglu<1>(a);
  }
}

struct SwigluBackwardArgs {
  void* dGate;
  void* dUp;
  ll dType;
  ll dRowStride;
  void* dProduct;
  ll dProductType;
  ll dProductRowStride;
  void* gate;
  void* up;
  ll inType;
  ll inRowStride;
  void* product;
  ll productType;
  ll productRowStride;
  ll rows;
  ll size;
};

template <int N>
INLINE void swigluBackward(const SwigluBackwardArgs& a) {
  const ll count = a.size / N;
  for (ll i = threadNumber(); i < a.rows * count; i += threadCount()) {
    ll row = rowOf(i, count);
    ll c = (i - row * count) * N;
    Raw<N> dRaw = fetch<N>(a.dProduct, a.dProductType, row * a.dProductRowStride + c);
    Raw<N> gRaw = fetch<N>(a.gate, a.inType, row * a.inRowStride + c);
    Raw<N> uRaw = fetch<N>(a.up, a.inType, row * a.inRowStride + c);
    Pack<N> d = unpack<N>(dRaw, a.dProductType);
    Pack<N> g = unpack<N>(gRaw, a.inType);
    Pack<N> u = unpack<N>(uRaw, a.inType);
    Pack<N> product;
#pragma unroll
    for (int k = 0; k < N; k++) {
      float s = 1.0f / (1.0f + expf(-g.v[k]));
      float silu = g.v[k] * s;
      float slope = s * (1.0f + g.v[k] * (1.0f - s));
      product.v[k] = silu * u.v[k];
      g.v[k] = d.v[k] * u.v[k] * slope;
      u.v[k] = d.v[k] * silu;
    }
    storePack<N>(a.dGate, a.dType, row * a.dRowStride + c, g);
    storePack<N>(a.dUp, a.dType, row * a.dRowStride + c, u);
    if (a.product != 0) {
      storePack<N>(a.product, a.productType, row * a.productRowStride + c, product);
    }
  }
}

KERNEL(swiglu_backward, SwigluBackwardArgs) {
  if (packs(a.gate, a.inType, a.size, a.inRowStride) && packs(a.up, a.inType, 0, 0) &&
      packs(a.dGate, a.dType, a.size, a.dRowStride) && packs(a.dUp, a.dType, 0, 0) &&
      packs(a.dProduct, a.dProductType, a.size, a.dProductRowStride) &&
      (a.product == 0 || packs(a.product, a.productType, a.size, a.productRowStride))) {
    swigluBackward<8>(a);
  } else {
    swigluBackward<1>(a);
  }
}
