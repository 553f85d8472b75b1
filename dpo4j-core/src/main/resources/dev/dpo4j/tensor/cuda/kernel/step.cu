/* SPDX-License-Identifier: Apache-2.0 */
// One new token of each sequence of a decoder.
#include "common.cuh"

struct RotateKeepArgs {
  void* q;
  void* qkv;
  ll type;
  ll stride;
  void* keys;
  void* values;
  ll keptType;
  void* places;
  void* qCos;
  void* qSin;
  ll qHalf;
  double qRest;
  void* kCos;
  void* kSin;
  ll kHalf;
  double kRest;
  ll rows;
  ll heads;
  ll kvHeads;
  ll size;
};

// Coordinate c of a head that begins at x, rotated with that of the other half, or scaled beyond them.
INLINE float rotated(const RotateKeepArgs& a, ll x, ll row, ll c, const void* cosines, const void* sines, ll half,
                     double rest) {
  float own = load(a.qkv, a.type, x + c);
  if (c >= 2 * half) {
    return own * (float)rest;
  }
  ll angle = row * half + (c < half ? c : c - half);
  float cosine = ((const float*)cosines)[angle];
  float sine = ((const float*)sines)[angle];
  float other = load(a.qkv, a.type, x + (c < half ? c + half : c - half));
  return c < half ? own * cosine - other * sine : own * cosine + other * sine;
}

// Rotates queries into memory of their own, and keys into the cache, where the values follow as they are.
KERNEL(rotate_keep, RotateKeepArgs) {
  const ll all = a.heads + 2 * a.kvHeads;
  const ll n = a.rows * all * a.size;
  for (ll i = threadNumber(); i < n; i += threadCount()) {
    ll c = i % a.size;
    ll head = i / a.size % all;
    ll row = i / a.size / all;
    ll x = row * a.stride + head * a.size;
    if (head < a.heads) {
      ((float*)a.q)[(row * a.heads + head) * a.size + c] = rotated(a, x, row, c, a.qCos, a.qSin, a.qHalf, a.qRest);
      continue;
    }
    bool key = head < a.heads + a.kvHeads;
    ll kv = head - a.heads - (key ? 0 : a.kvHeads);
    ll at = ((const ll*)a.places)[row * a.kvHeads + kv] * a.size + c;
    if (key) {
      store(a.keys, a.keptType, at, rotated(a, x, row, c, a.kCos, a.kSin, a.kHalf, a.kRest));
    } else {
      store(a.values, a.keptType, at, load(a.qkv, a.type, x + c));
    }
  }
}
