/* SPDX-License-Identifier: Apache-2.0 */
// Matrix products on host memory, for tests: sums in double, any strides. Needs host.h and common.cuh.
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

// Adds the products of numbers with the rows of a matrix, one after the other.
WIDE static void addProducts(double* __restrict sums, const float* __restrict factors,
                             const float* __restrict rows, ll count, ll n) {
  ll k = 0;
  for (; k + 4 <= count; k += 4) {
    const double f[4] = {factors[k], factors[k + 1], factors[k + 2], factors[k + 3]};
    const float* row = rows + k * n;
    for (ll c = 0; c < n; c++) {
      double sum = sums[c] + f[0] * row[c];
      sum += f[1] * row[n + c];
      sum += f[2] * row[2 * n + c];
      sums[c] = sum + f[3] * row[3 * n + c];
    }
  }
  for (; k < count; k++) {
    for (ll c = 0; c < n; c++) {
      sums[c] += (double)factors[k] * rows[k * n + c];
    }
  }
}

// Products as they should be, for they stand in for those of any library: sums of float32 in sequence have
// an error that runs of a few steps amplify beyond the tolerances of recorded ones.
extern "C" void dpo4j_host_multiply(const HostMatrices* out, const HostMatrices* a,
                                    const HostMatrices* b, double beta) {
  std::vector<float> left;
  std::vector<float> right;
  std::vector<double> sums(out->columns);
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
      addProducts(sums.data(), left.data() + r * a->columns, right.data(), a->columns, n);
      for (ll c = 0; c < n; c++) {
        float old = beta == 0 ? 0.0f : (float)beta * load(out->data, out->type, at + c);
        store((void*)out->data, out->type, at + c, (float)sums[c] + old);
      }
    }
  }
}
