/* SPDX-License-Identifier: Apache-2.0 */
// Rotary position embeddings.
#include "common.cuh"

struct RopeTableArgs {
  void* cos;
  void* sin;
  void* positions;
  void* inverseFrequencies;
  ll rows;
  ll half;
  double factor;
};

// The angle is rounded to float32 before the cosine, as transformers rounds it.
KERNEL(rope_table, RopeTableArgs) {
  for (ll i = threadNumber(); i < a.rows * a.half; i += threadCount()) {
    ll row = i / a.half;
    float frequency = (float)((const double*)a.inverseFrequencies)[i - row * a.half];
    float angle = frequency * (float)((const int*)a.positions)[row];
    ((float*)a.cos)[i] = (float)(cos((double)angle) * a.factor);
    ((float*)a.sin)[i] = (float)(sin((double)angle) * a.factor);
  }
}

struct RotateArgs {
  void* out;
  ll outType;
  void* x;
  ll xType;
  void* cos;
  void* sin;
  ll n0;
  ll n1;
  ll n2;
  ll half;
  ll outStride0;
  ll outStride1;
  ll outStride2;
  ll xStride0;
  ll xStride1;
  ll xStride2;
  ll rowDim;
  ll sign;
  ll interleaved;
};

INLINE ll quotient(ll x, ll y) {
  return (x | y) >> 31 == 0 ? (ll)((unsigned)x / (unsigned)y) : x / y;
}

template <int N>
INLINE void rotate(const RotateArgs& a) {
  const ll count = a.half / N;
  const ll n = a.n0 * a.n1 * a.n2 * count;
  const float sign = (float)a.sign;
  for (ll i = threadNumber(); i < n; i += threadCount()) {
    ll rest = quotient(i, count);
    ll c = (i - rest * count) * N;
    ll next = quotient(rest, a.n2);
    ll i2 = rest - next * a.n2;
    ll i0 = quotient(next, a.n1);
    ll i1 = next - i0 * a.n1;
    ll angle = (a.rowDim == 0 ? i0 : i1) * a.half + c;
    // A pair is a coordinate of each half, or two neighbours.
    ll first = a.interleaved ? 2 * c : c;
    ll apart = a.interleaved ? 1 : a.half;
    ll xAt = i0 * a.xStride0 + i1 * a.xStride1 + i2 * a.xStride2 + first;
    ll outAt = i0 * a.outStride0 + i1 * a.outStride1 + i2 * a.outStride2 + first;
    Raw<N> raw1 = fetch<N>(a.x, a.xType, xAt);
    Raw<N> raw2 = fetch<N>(a.x, a.xType, xAt + apart);
    Pack<N> cosines = loadPack<N>(a.cos, FLOAT32, angle);
    Pack<N> sines = loadPack<N>(a.sin, FLOAT32, angle);
    Pack<N> x1 = unpack<N>(raw1, a.xType);
    Pack<N> x2 = unpack<N>(raw2, a.xType);
    Pack<N> y1;
    Pack<N> y2;
#pragma unroll
    for (int k = 0; k < N; k++) {
      y1.v[k] = x1.v[k] * cosines.v[k] + sign * x2.v[k] * sines.v[k];
      y2.v[k] = x2.v[k] * cosines.v[k] - sign * x1.v[k] * sines.v[k];
    }
    storePack<N>(a.out, a.outType, outAt, y1);
    storePack<N>(a.out, a.outType, outAt + apart, y2);
  }
}

KERNEL(rotate, RotateArgs) {
  // Strides are multiples of eight if none of them has one of the last three bits.
  ll xStrides = a.xStride0 | a.xStride1 | a.xStride2;
  ll outStrides = a.outStride0 | a.outStride1 | a.outStride2;
  if (!a.interleaved && packs(a.x, a.xType, a.half, xStrides) && packs(a.out, a.outType, a.half, outStrides) &&
      packs(a.cos, FLOAT32, 0, 0) && packs(a.sin, FLOAT32, 0, 0)) {
    rotate<8>(a);
  } else {
    rotate<1>(a);
  }
}
