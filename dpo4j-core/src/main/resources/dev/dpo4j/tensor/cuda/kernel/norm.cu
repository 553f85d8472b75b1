/* SPDX-License-Identifier: Apache-2.0 */
// Root mean square normalisation of rows, with its gradients.
#include "common.cuh"

struct RmsNormArgs {
  void* out;
  ll outType;
  void* inverse;
  void* x;
  ll xType;
  void* w;
  ll wType;
  ll rows;
  ll size;
  ll outRowStride;
  ll xRowStride;
  double eps;
  void* residual;
  ll residualType;
  void* sum;
  ll sumType;
  // Rows that follow each other at the row strides, before the next such group begins.
  ll group;
  ll outGroupStride;
  ll xGroupStride;
};

INLINE ll offsetOf(ll row, ll group, ll groupStride, ll rowStride) {
  if (row < group) {
    return row * rowStride;
  }
  ll before = row / group;
  return before * groupStride + (row - before * group) * rowStride;
}

template <int N>
INLINE void normalise(const RmsNormArgs& a) {
  Team team = teamFor(a.size);
  const bool adds = a.residual != 0;
  const ll count = a.size / N;
  for (; team.row < a.rows; team.row += team.step) {
    ll xAt = offsetOf(team.row, a.group, a.xGroupStride, a.xRowStride);
    ll sumAt = team.row * a.size;
    float squares = 0;
    for (ll c = team.lane; c < count; c += team.lanes) {
      Raw<N> raw = fetch<N>(a.x, a.xType, xAt + c * N);
      Pack<N> p;
      if (adds) {
        Raw<N> more = fetch<N>(a.residual, a.residualType, sumAt + c * N);
        p = unpack<N>(raw, a.xType);
        Pack<N> q = unpack<N>(more, a.residualType);
#pragma unroll
        for (int k = 0; k < N; k++) {
          p.v[k] = rounded(a.sumType, p.v[k] + q.v[k]);
        }
        storePack<N>(a.sum, a.sumType, sumAt + c * N, p);
      } else {
        p = unpack<N>(raw, a.xType);
      }
      float part = 0;
#pragma unroll
      for (int k = 0; k < N; k++) {
        part += p.v[k] * p.v[k];
      }
      squares += part;
    }
    squares = sumOver(team, squares);
    float inverse = 1.0f / sqrtf(squares / (float)a.size + (float)a.eps);
    if (team.lane == 0 && a.inverse != 0) {
      ((float*)a.inverse)[team.row] = inverse;
    }
    const void* from = adds ? a.sum : a.x;
    ll type = adds ? a.sumType : a.xType;
    ll at = adds ? sumAt : xAt;
    ll outAt = offsetOf(team.row, a.group, a.outGroupStride, a.outRowStride);
    for (ll c = team.lane; c < count; c += team.lanes) {
      Raw<N> raw = fetch<N>(from, type, at + c * N);
      Raw<N> wRaw = fetch<N>(a.w, a.wType, c * N);
      Pack<N> p = unpack<N>(raw, type);
      Pack<N> w = unpack<N>(wRaw, a.wType);
#pragma unroll
      for (int k = 0; k < N; k++) {
        p.v[k] = p.v[k] * inverse * w.v[k];
      }
      storePack<N>(a.out, a.outType, outAt + c * N, p);
    }
  }
}

KERNEL(rms_norm, RmsNormArgs) {
  if (packs(a.x, a.xType, a.size, a.xRowStride) && packs(a.w, a.wType, a.size, 0) &&
      packs(a.out, a.outType, a.size, a.outRowStride) &&
      packs(a.out, a.outType, a.size, a.outGroupStride) &&
      packs(a.x, a.xType, a.size, a.xGroupStride) &&
      (a.residual == 0 || (packs(a.residual, a.residualType, a.size, 0) &&
                           packs(a.sum, a.sumType, a.size, 0)))) {
    normalise<8>(a);
  } else {
    normalise<1>(a);
  }
}

struct RmsNormApplyArgs {
  void* out;
  ll outType;
  void* inverse;
  void* x;
  ll xType;
  void* w;
  ll wType;
  ll rows;
  ll size;
  ll outRowStride;
  ll xRowStride;
};

template <int N>
INLINE void applyNorm(const RmsNormApplyArgs& a) {
  Team team = teamFor(a.size);
  for (; team.row < a.rows; team.row += team.step) {
    float inverse = ((const float*)a.inverse)[team.row];
    for (ll c = team.lane; c < a.size / N; c += team.lanes) {
      Raw<N> raw = fetch<N>(a.x, a.xType, team.row * a.xRowStride + c * N);
      Raw<N> wRaw = fetch<N>(a.w, a.wType, c * N);
      Pack<N> p = unpack<N>(raw, a.xType);
      Pack<N> w = unpack<N>(wRaw, a.wType);
#pragma unroll
      for (int k = 0; k < N; k++) {
        p.v[k] = p.v[k] * inverse * w.v[k];
      }
      storePack<N>(a.out, a.outType, team.row * a.outRowStride + c * N, p);
    }
  }
}

KERNEL(rms_norm_apply, RmsNormApplyArgs) {
  if (packs(a.x, a.xType, a.size, a.xRowStride) && packs(a.w, a.wType, a.size, 0) &&
      packs(a.out, a.outType, a.size, a.outRowStride)) {
    applyNorm<8>(a);
  } else {
    applyNorm<1>(a);
  }
}

struct RmsNormBackwardArgs {
  void* dx;
  ll dxType;
  void* dy;
  ll dyType;
  void* x;
  ll xType;
  void* inverse;
  void* w;
  ll wType;
  ll rows;
  ll size;
  ll dxRowStride;
  ll dyRowStride;
  ll xRowStride;
  ll assign;
};

template <int N>
INLINE void normBackward(const RmsNormBackwardArgs& a) {
  Team team = teamFor(a.size);
  const ll count = a.size / N;
  for (; team.row < a.rows; team.row += team.step) {
    float inverse = ((const float*)a.inverse)[team.row];
    ll dyAt = team.row * a.dyRowStride;
    ll xAt = team.row * a.xRowStride;
    ll dxAt = team.row * a.dxRowStride;
    float dot = 0;
    for (ll c = team.lane; c < count; c += team.lanes) {
      Raw<N> gRaw = fetch<N>(a.dy, a.dyType, dyAt + c * N);
      Raw<N> wRaw = fetch<N>(a.w, a.wType, c * N);
      Raw<N> xRaw = fetch<N>(a.x, a.xType, xAt + c * N);
      Pack<N> g = unpack<N>(gRaw, a.dyType);
      Pack<N> w = unpack<N>(wRaw, a.wType);
      Pack<N> x = unpack<N>(xRaw, a.xType);
      float part = 0;
#pragma unroll
      for (int k = 0; k < N; k++) {
        part += g.v[k] * w.v[k] * (x.v[k] * inverse);
      }
      dot += part;
    }
    float mean = sumOver(team, dot) / (float)a.size;
    for (ll c = team.lane; c < count; c += team.lanes) {
      Raw<N> gRaw = fetch<N>(a.dy, a.dyType, dyAt + c * N);
      Raw<N> wRaw = fetch<N>(a.w, a.wType, c * N);
      Raw<N> xRaw = fetch<N>(a.x, a.xType, xAt + c * N);
      Pack<N> d = {};
      if (!a.assign) {
        d = loadPack<N>(a.dx, a.dxType, dxAt + c * N);
      }
      Pack<N> g = unpack<N>(gRaw, a.dyType);
      Pack<N> w = unpack<N>(wRaw, a.wType);
      Pack<N> x = unpack<N>(xRaw, a.xType);
#pragma unroll
      for (int k = 0; k < N; k++) {
        d.v[k] += inverse * (g.v[k] * w.v[k] - x.v[k] * inverse * mean);
      }
      storePack<N>(a.dx, a.dxType, dxAt + c * N, d);
    }
  }
}

KERNEL(rms_norm_backward, RmsNormBackwardArgs) {
  if (packs(a.x, a.xType, a.size, a.xRowStride) && packs(a.w, a.wType, a.size, 0) &&
      packs(a.dy, a.dyType, a.size, a.dyRowStride) &&
      packs(a.dx, a.dxType, a.size, a.dxRowStride)) {
    normBackward<8>(a);
  } else {
    normBackward<1>(a);
  }
}

struct RmsNormWeightGradientArgs {
  void* partial;
  void* dy;
  ll dyType;
  void* x;
  ll xType;
  void* inverse;
  ll rows;
  ll size;
  ll dyRowStride;
  ll xRowStride;
};

#define ROWS_AT_ONCE 2

template <int N>
INLINE void addProduct(Pack<N>& sum, const Pack<N>& g, const Pack<N>& x, float inverse) {
#pragma unroll
  for (int k = 0; k < N; k++) {
    sum.v[k] += g.v[k] * (x.v[k] * inverse);
  }
}

template <int N>
INLINE void weightGradient(const RmsNormWeightGradientArgs& a) {
  ll share = (a.rows + gridDim.y - 1) / gridDim.y;
  ll from = blockIdx.y * share;
  ll to = from + share < a.rows ? from + share : a.rows;
  ll step = (ll)gridDim.x * blockDim.x;
  for (ll c = (ll)blockIdx.x * blockDim.x + threadIdx.x; c < a.size / N; c += step) {
    Pack<N> sum = {};
    ll r = from;
    for (; r + ROWS_AT_ONCE <= to; r += ROWS_AT_ONCE) {
      Raw<N> g[ROWS_AT_ONCE];
      Raw<N> x[ROWS_AT_ONCE];
      float inverse[ROWS_AT_ONCE];
#pragma unroll
      for (int u = 0; u < ROWS_AT_ONCE; u++) {
        g[u] = fetch<N>(a.dy, a.dyType, (r + u) * a.dyRowStride + c * N);
        x[u] = fetch<N>(a.x, a.xType, (r + u) * a.xRowStride + c * N);
        inverse[u] = ((const float*)a.inverse)[r + u];
      }
#pragma unroll
      for (int u = 0; u < ROWS_AT_ONCE; u++) {
        addProduct<N>(sum, unpack<N>(g[u], a.dyType), unpack<N>(x[u], a.xType), inverse[u]);
      }
    }
    for (; r < to; r++) {
      Pack<N> g = loadPack<N>(a.dy, a.dyType, r * a.dyRowStride + c * N);
      Pack<N> x = loadPack<N>(a.x, a.xType, r * a.xRowStride + c * N);
      addProduct<N>(sum, g, x, ((const float*)a.inverse)[r]);
    }
    storePack<N>(a.partial, FLOAT32, blockIdx.y * a.size + c * N, sum);
  }
}

KERNEL(rms_norm_weight_gradient, RmsNormWeightGradientArgs) {
  if (packs(a.x, a.xType, a.size, a.xRowStride) && packs(a.dy, a.dyType, a.size, a.dyRowStride) &&
      packs(a.partial, FLOAT32, a.size, 0)) {
    weightGradient<8>(a);
  } else {
    weightGradient<1>(a);
  }
}
