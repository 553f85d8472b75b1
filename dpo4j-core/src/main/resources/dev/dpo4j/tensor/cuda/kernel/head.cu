/* SPDX-License-Identifier: Apache-2.0 */
// The softmax over a tile of the vocabulary: what it needs of each row, and its gradient.
#include "common.cuh"

struct LogitStatsArgs {
  void* logits;
  ll type;
  ll rows;
  ll columns;
  ll rowStride;
  void* max;
  void* sum;
  void* total;
  void* expected;
  void* squares;
};

// Sums over the logits z that were seen, with e = exp(z - top).
struct Stats {
  float top;       // the largest z
  float sum;       // of e
  float total;     // of z
  float expected;  // of e * (z - top)
  float squares;   // of e * e
};

// Expresses the sums by a larger top.
template <bool ALL>
INLINE void raise(Stats& s, float top) {
  if (s.top == top) {
    return;
  }
  float d = s.top - top;
  if (s.sum != 0.0f) {  // zero as long as nothing but -inf was seen
    float c = expf(d);
    if (ALL) {
      s.expected = c * (s.expected + s.sum * d);
      s.squares = c * c * s.squares;
    }
    s.sum = c * s.sum;
  }
  s.top = top;
}

template <int N, bool ALL>
INLINE void see(Stats& s, const Pack<N>& z) {
  float top = z.v[0];
#pragma unroll
  for (int k = 1; k < N; k++) {
    top = maximum(top, z.v[k]);
  }
  if (!(top <= s.top)) {
    raise<ALL>(s, maximum(s.top, top));
  }
  float total = 0;
  float sum = 0;
  float expected = 0;
  float squares = 0;
#pragma unroll
  for (int k = 0; k < N; k++) {
    float d = z.v[k] - s.top;
    float e = s.top == -infinity() ? 0.0f : expf(d);
    sum += e;
    total += z.v[k];
    if (ALL) {
      expected += e == 0.0f ? 0.0f : e * d;
      squares += e * e;
    }
  }
  s.sum += sum;
  s.total += total;
  s.expected += expected;
  s.squares += squares;
}

template <bool ALL>
INLINE Stats together(Stats s, Stats t) {
  float top = maximum(s.top, t.top);
  raise<ALL>(s, top);
  raise<ALL>(t, top);
  s.sum += t.sum;
  s.total += t.total;
  s.expected += t.expected;
  s.squares += t.squares;
  return s;
}

template <bool ALL>
INLINE Stats overWarp(Stats s) {
#pragma unroll
  for (int d = 16; d > 0; d /= 2) {
    Stats t;
    t.top = __shfl_xor_sync(WHOLE_WARP, s.top, d);
    t.sum = __shfl_xor_sync(WHOLE_WARP, s.sum, d);
    t.total = __shfl_xor_sync(WHOLE_WARP, s.total, d);
    t.expected = ALL ? __shfl_xor_sync(WHOLE_WARP, s.expected, d) : 0.0f;
    t.squares = ALL ? __shfl_xor_sync(WHOLE_WARP, s.squares, d) : 0.0f;
    s = together<ALL>(s, t);
  }
  return s;
}

template <bool ALL>
INLINE void logitStats(const LogitStatsArgs& a) {
  __shared__ float parts[32][5];
  const bool packed = packs(a.logits, a.type, 0, a.rowStride);
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
  const int warps = blockDim.x / 32;
  for (ll row = blockNumber(); row < a.rows; row += blockCount()) {
    ll at = row * a.rowStride;
    Stats s = {-infinity(), 0, 0, 0, 0};
    ll from = 0;
    if (packed) {
      ll count = a.columns / 8;
      from = count * 8;
      for (ll c = threadIdx.x; c < count; c += blockDim.x) {
        see<8, ALL>(s, loadPack<8>(a.logits, a.type, at + c * 8));
      }
    }
    for (ll c = from + threadIdx.x; c < a.columns; c += blockDim.x) {
      see<1, ALL>(s, loadPack<1>(a.logits, a.type, at + c));
    }
    s = overWarp<ALL>(s);
    if (lane == 0) {
      parts[warp][0] = s.top;
      parts[warp][1] = s.sum;
      parts[warp][2] = s.total;
      parts[warp][3] = s.expected;
      parts[warp][4] = s.squares;
    }
    __syncthreads();
    if (warp == 0) {
      s = Stats{-infinity(), 0, 0, 0, 0};
      if (lane < warps) {
        s = Stats{parts[lane][0], parts[lane][1], parts[lane][2], parts[lane][3], parts[lane][4]};
      }
      s = overWarp<ALL>(s);
      if (lane == 0) {
        ((float*)a.max)[row] = s.top;
        ((float*)a.sum)[row] = s.sum;
        if (a.total != 0) {
          ((float*)a.total)[row] = s.total;
        }
        if (a.expected != 0) {
          ((float*)a.expected)[row] = s.expected;
        }
        if (a.squares != 0) {
          ((float*)a.squares)[row] = s.squares;
        }
      }
    }
    __syncthreads();
  }
}

KERNEL(logit_stats, LogitStatsArgs) {
  if (a.expected != 0 || a.squares != 0) {
    logitStats<true>(a);
  } else {
    logitStats<false>(a);
  }
}

struct LogitGradientArgs {
  void* logits;
  ll type;
  ll rows;
  ll columns;
  ll rowStride;
  void* max;
  void* scale;
  void* out;
  ll outType;
  ll outRowStride;
};

// A row belongs to the blocks of one number in x; those of different numbers in y share its columns.
KERNEL(logit_gradient, LogitGradientArgs) {
  const bool packed =
      packs(a.logits, a.type, 0, a.rowStride) && packs(a.out, a.outType, 0, a.outRowStride);
  const ll first = (ll)blockIdx.y * blockDim.x + threadIdx.x;
  const ll step = (ll)gridDim.y * blockDim.x;
  for (ll row = blockIdx.x; row < a.rows; row += gridDim.x) {
    float top = ((const float*)a.max)[row];
    float scale = ((const float*)a.scale)[row];
    ll from = 0;
    if (packed) {
      ll count = a.columns / 8;
      from = count * 8;
      for (ll c = first; c < count; c += step) {
        Pack<8> z = loadPack<8>(a.logits, a.type, row * a.rowStride + c * 8);
#pragma unroll
        for (int k = 0; k < 8; k++) {
          z.v[k] = expf(z.v[k] - top) * scale;
        }
        storePack<8>(a.out, a.outType, row * a.outRowStride + c * 8, z);
      }
    }
    for (ll c = from + first; c < a.columns; c += step) {
      float z = load(a.logits, a.type, row * a.rowStride + c);
      store(a.out, a.outType, row * a.outRowStride + c, expf(z - top) * scale);
    }
  }
}
