/* SPDX-License-Identifier: Apache-2.0 */
// Matrix products on host memory, for tests: float32 sums, any strides. Needs host.h and common.cuh.
#pragma once

#include <vector>

struct HostMatrices {
  const void* data;
  ll type;
  ll rows;
  ll columns;
  ll rowStride;
  ll columnStride;
  ll batch;
  ll batchStride;
};

static void readMatrix(std::vector<float>& to, const HostMatrices& x, ll i) {
  to.resize(x.rows * x.columns);
  for (ll r = 0; r < x.rows; r++) {
    ll at = i * x.batchStride + r * x.rowStride;
    for (ll c = 0; c < x.columns; c++) {
      to[r * x.columns + c] = load(x.data, x.type, at + c * x.columnStride);
    }
  }
}

// The loop may be compiled for several processors: each adds the same numbers in the same order.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

// Adds the products of numbers with the rows of a matrix to SUMS, one after the other.
WIDE static void addProducts(float* __restrict sums, const float* __restrict factors,
                             const float* __restrict rows, ll count, ll n) {
  ll k = 0;
  for (; k + 4 <= count; k += 4) {
    const float* row = rows + k * n;
    for (ll c = 0; c < n; c++) {
      float sum = sums[c] + factors[k] * row[c];
      sum += factors[k + 1] * row[n + c];
      sum += factors[k + 2] * row[2 * n + c];
      sums[c] = sum + factors[k + 3] * row[3 * n + c];
    }
  }
  for (; k < count; k++) {
    for (ll c = 0; c < n; c++) {
      sums[c] += factors[k] * rows[k * n + c];
    }
  }
}

// Sums over stretches of the inner dimension are added up, which keeps the error of long sums small.
static const ll STRETCH = 128;

extern "C" void dpo4j_host_multiply(const HostMatrices* out, const HostMatrices* a,
                                    const HostMatrices* b, double beta) {
  std::vector<float> left;
  std::vector<float> right;
  std::vector<float> sums(out->columns);
  std::vector<float> part(out->columns);
  const ll n = out->columns;
  for (ll i = 0; i < out->batch; i++) {
    if (i == 0 || a->batchStride != 0) {
      readMatrix(left, *a, i);
    }
    if (i == 0 || b->batchStride != 0) {
      readMatrix(right, *b, i);
    }
    for (ll r = 0; r < out->rows; r++) {
      ll at = i * out->batchStride + r * out->rowStride;
      for (ll c = 0; c < n; c++) {
        sums[c] = 0;
      }
      for (ll from = 0; from < a->columns; from += STRETCH) {
        ll to = from + STRETCH < a->columns ? from + STRETCH : a->columns;
        for (ll c = 0; c < n; c++) {
          part[c] = 0;
        }
        addProducts(part.data(), &left[r * a->columns + from], &right[from * n], to - from, n);
        for (ll c = 0; c < n; c++) {
          sums[c] += part[c];
        }
      }
      for (ll c = 0; c < n; c++) {
        float old = beta == 0 ? 0.0f : (float)beta * load(out->data, out->type, at + c);
        store((void*)out->data, out->type, at + c, sums[c] + old);
      }
    }
  }
}
