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
        for (ll k = from; k < to; k++) {
          float factor = left[r * a->columns + k];
          const float* row = &right[k * n];
          float* p = part.data();
          for (ll c = 0; c < n; c++) {
            p[c] += factor * row[c];
          }
        }
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
