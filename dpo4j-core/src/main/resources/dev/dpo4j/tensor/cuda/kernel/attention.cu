/* SPDX-License-Identifier: Apache-2.0 */
// Attention of a few queries over a cache of keys and values.
#include "common.cuh"

struct AttentionStepArgs {
  void* out;
  ll outType;
  void* q;
  void* k;
  void* v;
  ll type;
  void* mask;
  ll batch;
  ll heads;
  ll queries;
  ll keys;
  ll size;
  ll kBatchStride;
  ll kHeadStride;
  ll kRowStride;
  ll qBatchStride;
  ll qHeadStride;
  ll qRowStride;
  ll outBatchStride;
  ll outHeadStride;
  ll outRowStride;
  ll maskBatchStride;
  double scale;
  void* ends;
};

#define MAX_SIZE 256

// Keys that a warp looks at together; more would not fit into its registers.
#define AHEAD (P < 8 ? 4 : 1)

// What a warp has seen of its keys: the largest score, the sum of the exponentials, and the values
// weighted by them, of which a lane holds every 32nd coordinate, P in all.
template <int P>
struct Seen {
  float top;
  float sum;
  float value[P];
};

INLINE float weight(float score, float top) {
  return score == -infinity() ? 0.0f : expf(score - top);
}

// The lane's coordinates of a row; zeros beyond its end, or where there is no row.
template <int P>
INLINE void fetchRow(Raw<1>* raw, const void* x, ll type, ll row, ll size, bool there) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int j = 0; j < P; j++) {
    raw[j].bits = 0;
    if (there && lane + 32 * j < size) {
      raw[j] = fetch<1>(x, type, row + lane + 32 * j);
    }
  }
}

// Looks at COUNT keys, the first of which is KEY, STEP from one to the next.
template <int P>
INLINE void seeKeys(Seen<P>& s, const AttentionStepArgs& a, const float* q, ll at, ll b, ll key,
                    int count, int step) {
  float score[AHEAD];
#pragma unroll
  for (int u = 0; u < AHEAD; u++) {
    Raw<1> raw[P];
    fetchRow<P>(raw, a.k, a.type, at + (key + (ll)u * step) * a.kRowStride, a.size, u < count);
    score[u] = 0;
#pragma unroll
    for (int j = 0; j < P; j++) {
      score[u] += q[j] * unpack<1>(raw[j], a.type).v[0];
    }
  }
  float top = s.top;
#pragma unroll
  for (int u = 0; u < AHEAD; u++) {
    score[u] = overWarp(score[u], Sum()) * (float)a.scale;
    if (u >= count) {
      score[u] = -infinity();
    } else if (a.mask != 0) {
      score[u] += ((const float*)a.mask)[b * a.maskBatchStride + key + (ll)u * step];
    }
    top = maximum(top, score[u]);
  }
  float keep = weight(s.top, top);
  s.top = top;
  s.sum *= keep;
#pragma unroll
  for (int j = 0; j < P; j++) {
    s.value[j] *= keep;
  }
#pragma unroll
  for (int u = 0; u < AHEAD; u++) {
    Raw<1> raw[P];
    fetchRow<P>(raw, a.v, a.type, at + (key + (ll)u * step) * a.kRowStride, a.size, u < count);
    float p = weight(score[u], top);
    s.sum += p;
#pragma unroll
    for (int j = 0; j < P; j++) {
      s.value[j] += p * unpack<1>(raw[j], a.type).v[0];
    }
  }
}

// Shared memory of a block, an entry for each warp.
struct Shared {
  float top[32];
  float sum[32];
  float value[32][MAX_SIZE];
};

template <int P>
INLINE void attend(const AttentionStepArgs& a, Shared& shared) {
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
  const int warps = blockDim.x / 32;
  for (ll n = blockNumber(); n < a.batch * a.heads * a.queries; n += blockCount()) {
    ll i = n % a.queries;
    ll h = n / a.queries % a.heads;
    ll b = n / a.queries / a.heads;
    ll qAt = b * a.qBatchStride + h * a.qHeadStride + i * a.qRowStride;
    ll at = b * a.kBatchStride + h * a.kHeadStride;
    float q[P];
    Seen<P> s = {-infinity(), 0, {}};
#pragma unroll
    for (int j = 0; j < P; j++) {
      q[j] = lane + 32 * j < a.size ? load(a.q, a.type, qAt + lane + 32 * j) : 0.0f;
    }
    // Each batch may see keys of its own: from the first of two numbers up to the second.
    ll first = a.ends == 0 ? 0 : ((const ll*)a.ends)[2 * b];
    ll end = a.ends == 0 ? a.keys : ((const ll*)a.ends)[2 * b + 1];
    for (ll key = first + warp; key < end; key += AHEAD * warps) {
      ll left = (end - key + warps - 1) / warps;
      seeKeys<P>(s, a, q, at, b, key, left < AHEAD ? (int)left : AHEAD, warps);
    }
    if (lane == 0) {
      shared.top[warp] = s.top;
      shared.sum[warp] = s.sum;
    }
#pragma unroll
    for (int j = 0; j < P; j++) {
      shared.value[warp][lane + 32 * j] = s.value[j];
    }
    __syncthreads();
    float top = -infinity();
    for (int w = 0; w < warps; w++) {
      top = maximum(top, shared.top[w]);
    }
    float sum = 0;
    for (int w = 0; w < warps; w++) {
      sum += shared.sum[w] * weight(shared.top[w], top);
    }
    ll outAt = b * a.outBatchStride + h * a.outHeadStride + i * a.outRowStride;
    for (ll c = threadIdx.x; c < a.size; c += blockDim.x) {
      float value = 0;
      for (int w = 0; w < warps; w++) {
        value += shared.value[w][c] * weight(shared.top[w], top);
      }
      store(a.out, a.outType, outAt + c, value / sum);
    }
    __syncthreads();
  }
}

KERNEL(attention_step, AttentionStepArgs) {
  __shared__ Shared shared;
  if (a.size <= 64) {
    attend<2>(a, shared);
  } else if (a.size <= 128) {
    attend<4>(a, shared);
  } else {
    attend<8>(a, shared);
  }
}
