/* SPDX-License-Identifier: Apache-2.0 */
// Rows of a matrix, chosen by number.
#include "common.cuh"

struct RowsArgs {
  void* out;
  ll outType;
  void* x;
  ll xType;
  void* index;
  ll rows;
  ll columns;
  ll outRowStride;
  ll xRowStride;
};

INLINE bool rowsPack(const RowsArgs& a) {
  return packs(a.x, a.xType, a.columns, a.xRowStride) &&
         packs(a.out, a.outType, a.columns, a.outRowStride);
}

INLINE void copyRow(const Team& team, const RowsArgs& a, bool packed, ll to, ll from) {
  if (packed) {
    for (ll c = team.lane; c < a.columns / 8; c += team.lanes) {
      storePack<8>(a.out, a.outType, to + c * 8, loadPack<8>(a.x, a.xType, from + c * 8));
    }
  } else {
    for (ll c = team.lane; c < a.columns; c += team.lanes) {
      convert(a.out, a.outType, to + c, a.x, a.xType, from + c);
    }
  }
}

KERNEL(gather_rows, RowsArgs) {
  const bool packed = rowsPack(a);
  Team team = teamFor(a.columns);
  for (; team.row < a.rows; team.row += team.step) {
    ll from = ((const ll*)a.index)[team.row];
    copyRow(team, a, packed, team.row * a.outRowStride, from * a.xRowStride);
  }
}

KERNEL(scatter_rows, RowsArgs) {
  const bool packed = rowsPack(a);
  Team team = teamFor(a.columns);
  for (; team.row < a.rows; team.row += team.step) {
    ll to = ((const ll*)a.index)[team.row];
    copyRow(team, a, packed, to * a.outRowStride, team.row * a.xRowStride);
  }
}

#define ROWS_AHEAD 8

INLINE void addTo(const RowsArgs& a, ll row, ll column, float value) {
  ll at = row * a.outRowStride + column;
  store(a.out, a.outType, at, load(a.out, a.outType, at) + value);
}

// Rows, of floating types, may meet in the same row of the result: a thread owns its column and adds in their order.
KERNEL(add_rows, RowsArgs) {
  const ll* index = (const ll*)a.index;
  for (ll c = threadNumber(); c < a.columns; c += threadCount()) {
    ll r = 0;
    for (; r + ROWS_AHEAD <= a.rows; r += ROWS_AHEAD) {
      Raw<1> ahead[ROWS_AHEAD];
      int to[ROWS_AHEAD];
#pragma unroll
      for (int k = 0; k < ROWS_AHEAD; k++) {
        ahead[k] = fetch<1>(a.x, a.xType, (r + k) * a.xRowStride + c);
        to[k] = (int)index[r + k];
      }
#pragma unroll
      for (int k = 0; k < ROWS_AHEAD; k++) {
        addTo(a, to[k], c, unpack<1>(ahead[k], a.xType).v[0]);
      }
    }
    for (; r < a.rows; r++) {
      addTo(a, index[r], c, load(a.x, a.xType, r * a.xRowStride + c));
    }
  }
}

// ---- Single numbers ----------------------------------------------------------------------------------

struct PickArgs {
  void* out;
  void* x;
  ll xType;
  void* index;
  ll n;
};

KERNEL(pick, PickArgs) {
  for (ll i = threadNumber(); i < a.n; i += threadCount()) {
    ((float*)a.out)[i] = loadAny<float>(a.x, a.xType, ((const ll*)a.index)[i]);
  }
}

struct AddAtArgs {
  void* x;
  ll xType;
  void* index;
  void* values;
  ll n;
};

// Equal places stand side by side: the thread at the first of a run adds the whole run.
KERNEL(add_at, AddAtArgs) {
  const ll* index = (const ll*)a.index;
  const float* values = (const float*)a.values;
  for (ll i = threadNumber(); i < a.n; i += threadCount()) {
    ll at = index[i];
    if (i > 0 && index[i - 1] == at) {
      continue;
    }
    float sum = load(a.x, a.xType, at);
    for (ll j = i; j < a.n && index[j] == at; j++) {
      sum += values[j];
    }
    store(a.x, a.xType, at, sum);
  }
}

// ---- Keys and values of shared prefixes --------------------------------------------------------------

INLINE ll indexAt(const void* index, ll type, ll i) {
  return type == INT32 ? (ll)((const int*)index)[i] : ((const ll*)index)[i];
}

struct ScatterKvAddArgs {
  void* out;
  ll outType;
  void* x;
  ll xType;
  void* first;
  void* second;
  ll indexType;
  ll rows;
  ll columns;
  ll outRowStride;
  ll xRowStride;
  ll add;
};

template <int N>
INLINE void scatterAdd(const ScatterKvAddArgs& a) {
  Team team = teamFor(a.columns);
  for (; team.row < a.rows; team.row += team.step) {
    ll first = indexAt(a.first, a.indexType, team.row);
    ll second = indexAt(a.second, a.indexType, team.row);
    for (ll c = team.lane; c < a.columns / N; c += team.lanes) {
      ll at = team.row * a.outRowStride + c * N;
      Pack<N> sum = {};
      if (a.add) {
        sum = loadPack<N>(a.out, a.outType, at);
      }
      if (first >= 0) {
        Pack<N> p = loadPack<N>(a.x, a.xType, first * a.xRowStride + c * N);
#pragma unroll
        for (int k = 0; k < N; k++) {
          sum.v[k] += p.v[k];
        }
      }
      if (second >= 0) {
        Pack<N> p = loadPack<N>(a.x, a.xType, second * a.xRowStride + c * N);
#pragma unroll
        for (int k = 0; k < N; k++) {
          sum.v[k] += p.v[k];
        }
      }
      storePack<N>(a.out, a.outType, at, sum);
    }
  }
}

// The transpose of gathering rows where a row of x was taken at most twice.
KERNEL(scatter_kv_add, ScatterKvAddArgs) {
  if (packs(a.x, a.xType, a.columns, a.xRowStride) &&
      packs(a.out, a.outType, a.columns, a.outRowStride)) {
    scatterAdd<8>(a);
  } else {
    scatterAdd<1>(a);
  }
}

// ---- Embeddings --------------------------------------------------------------------------------------

struct EmbeddingGradientArgs {
  void* out;
  ll outRowStride;
  void* x;
  ll xType;
  void* order;
  void* starts;
  void* token;
  ll unique;
  ll columns;
  ll xRowStride;
};

template <int N>
INLINE void addTokens(const EmbeddingGradientArgs& a) {
  const int* order = (const int*)a.order;
  const int* starts = (const int*)a.starts;
  Team team = teamFor(a.columns);
  for (; team.row < a.unique; team.row += team.step) {
    int from = starts[team.row];
    int to = starts[team.row + 1];
    ll row = ((const int*)a.token)[team.row] * a.outRowStride;
    for (ll c = team.lane; c < a.columns / N; c += team.lanes) {
      Pack<N> sum = loadPack<N>(a.out, FLOAT32, row + c * N);
      int j = from;
      for (; j + 4 <= to; j += 4) {  // loads do not wait for the sums
        Raw<N> raw[4];
#pragma unroll
        for (int u = 0; u < 4; u++) {
          raw[u] = fetch<N>(a.x, a.xType, order[j + u] * a.xRowStride + c * N);
        }
#pragma unroll
        for (int u = 0; u < 4; u++) {
          Pack<N> p = unpack<N>(raw[u], a.xType);
#pragma unroll
          for (int k = 0; k < N; k++) {
            sum.v[k] += p.v[k];
          }
        }
      }
      for (; j < to; j++) {
        Pack<N> p = loadPack<N>(a.x, a.xType, order[j] * a.xRowStride + c * N);
#pragma unroll
        for (int k = 0; k < N; k++) {
          sum.v[k] += p.v[k];
        }
      }
      storePack<N>(a.out, FLOAT32, row + c * N, sum);
    }
  }
}

// out[token[u]] += the rows order[starts[u]] to order[starts[u + 1] - 1] of x, in this order.
KERNEL(embedding_gradient, EmbeddingGradientArgs) {
  if (packs(a.x, a.xType, a.columns, a.xRowStride) &&
      packs(a.out, FLOAT32, a.columns, a.outRowStride)) {
    addTokens<8>(a);
  } else {
    addTokens<1>(a);
  }
}
