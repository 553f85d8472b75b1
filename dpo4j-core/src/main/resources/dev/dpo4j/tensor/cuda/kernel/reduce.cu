/* SPDX-License-Identifier: Apache-2.0 */
// Sums, norms and the largest number of rows or columns.
#include "common.cuh"

#define RANK 6

INLINE ll rowOffset(ll row, ll rank, const ll* size, const ll* stride) {
  ll at = 0;
  for (ll d = rank - 1; d >= 0; d--) {
    ll quotient = d == 0 ? 0 : row / size[d];
    at += (row - quotient * size[d]) * stride[d];
    row = quotient;
  }
  return at;
}

INLINE bool rowsPack(const void* x, ll type, ll rank, const ll* stride, ll columnStride) {
  if (!packs(x, type, 0, 0) || columnStride != 1) {
    return false;
  }
  for (ll d = 0; d < rank; d++) {
    if (stride[d] % 8 != 0) {
      return false;
    }
  }
  return true;
}

struct ReduceLastArgs {
  void* out;
  ll outType;
  void* x;
  ll xType;
  ll rows;
  ll columns;
  ll rank;
  ll size[RANK];
  ll xStride[RANK];
  ll columnStride;
  ll op;
};

// What a row's numbers become before they are combined, and how they are.
template <class T, class F, bool SQUARE>
INLINE T overRow(const ReduceLastArgs& a, const Team& team, ll at, bool packed, T neutral, F combine) {
  T result = neutral;
  ll from = 0;
  if (packed) {
    ll count = a.columns / 8;
    from = count * 8;
    for (ll c = team.lane; c < count; c += team.lanes) {
      Pack<8> p = loadPack<8>(a.x, a.xType, at + c * 8);
      if (SQUARE) {
#pragma unroll
        for (int k = 0; k < 8; k++) {
          p.v[k] *= p.v[k];
        }
      }
      float four[4];
#pragma unroll
      for (int k = 0; k < 4; k++) {
        four[k] = combine(p.v[k], p.v[k + 4]);
      }
      result = combine(result, (T)combine(combine(four[0], four[1]), combine(four[2], four[3])));
    }
  }
  for (ll c = from + team.lane; c < a.columns; c += team.lanes) {
    T value = loadAny<T>(a.x, a.xType, at + c * a.columnStride);
    result = combine(result, SQUARE ? value * value : value);
  }
  return overTeam(team, result, neutral, combine);
}

template <class T>
INLINE void reduceRows(const ReduceLastArgs& a) {
  const bool packed = rowsPack(a.x, a.xType, a.rank, a.xStride, a.columnStride);
  Team team = teamFor(a.columns);
  for (; team.row < a.rows; team.row += team.step) {
    ll at = rowOffset(team.row, a.rank, a.size, a.xStride);
    T result;
    if (a.op == 0) {
      result = overRow<T, Sum, false>(a, team, at, packed, (T)0, Sum());
    } else if (a.op == 1) {
      result = overRow<T, Max, false>(a, team, at, packed, (T)-infinity(), Max());
    } else {
      result = overRow<T, Sum, true>(a, team, at, packed, (T)0, Sum());
      result = sizeof(T) == 8 ? (T)sqrt((double)result) : (T)sqrtf((float)result);
    }
    if (team.lane == 0) {
      storeAny<T>(a.out, a.outType, team.row, result);
    }
  }
}

KERNEL(reduce_last, ReduceLastArgs) {
  if (isWide(a.xType)) {
    reduceRows<double>(a);
  } else {
    reduceRows<float>(a);
  }
}

// ---- The first of the largest ------------------------------------------------------------------------

struct ArgmaxLastArgs {
  void* out;
  ll outType;
  void* x;
  ll xType;
  ll rows;
  ll columns;
  ll rank;
  ll size[RANK];
  ll xStride[RANK];
  ll columnStride;
};

// Whether number a at place i comes before number b at place j.
INLINE bool leads(double a, ll i, double b, ll j) {
  bool aIsNumber = a == a;
  bool bIsNumber = b == b;
  if (aIsNumber && bIsNumber) {
    return a > b || (a == b && i < j);
  }
  return aIsNumber == bIsNumber ? i < j : bIsNumber;
}

// Memory in which the warps of a block meet.
struct Largest {
  double values[32];
  ll places[32];
};

// The first of the largest of a row; every thread learns it. A number that is none counts as the largest.
INLINE ll firstOfLargest(Largest& shared, const void* x, ll type, ll at, ll stride, ll columns, double* largest) {
  int lane = threadIdx.x % 32;
  int warp = threadIdx.x / 32;
  double best = -infinity();
  ll place = columns;
  for (ll c = threadIdx.x; c < columns; c += blockDim.x) {
    double value = loadAny<double>(x, type, at + c * stride);
    if (leads(value, c, best, place)) {
      best = value;
      place = c;
    }
  }
  for (int round = 0; round < 2; round++) {
#pragma unroll
    for (int d = 16; d > 0; d /= 2) {
      double value = __shfl_xor_sync(WHOLE_WARP, best, d);
      ll other = __shfl_xor_sync(WHOLE_WARP, place, d);
      if (leads(value, other, best, place)) {
        best = value;
        place = other;
      }
    }
    if (round == 0) {
      if (lane == 0) {
        shared.values[warp] = best;
        shared.places[warp] = place;
      }
      __syncthreads();
      best = lane < blockDim.x / 32 ? shared.values[lane] : -infinity();
      place = lane < blockDim.x / 32 ? shared.places[lane] : columns;
      __syncthreads();
    }
  }
  *largest = best;
  return place;
}

KERNEL(argmax_last, ArgmaxLastArgs) {
  __shared__ Largest shared;
  for (ll row = blockNumber(); row < a.rows; row += blockCount()) {
    ll at = rowOffset(row, a.rank, a.size, a.xStride);
    double best;
    ll place = firstOfLargest(shared, a.x, a.xType, at, a.columnStride, a.columns, &best);
    if (threadIdx.x == 0) {
      ((ll*)a.out)[row] = place;
    }
  }
}

// ---- The next token ----------------------------------------------------------------------------------

struct ChooseArgs {
  void* chosen;
  void* largest;
  void* logits;
  ll type;
  ll rows;
  ll columns;
  ll rowStride;
  void* temperatures;
  void* uniforms;
};

struct Shares {
  double sums[MAX_BLOCK];
  double target;
  ll owner;
};

INLINE double likelihood(const ChooseArgs& a, ll at, float temperature, float top) {
  return exp((double)(load(a.logits, a.type, at) / temperature) - (double)top);
}

// Draws a column by a number between 0 and 1: each thread sums a share of neighbouring columns, the first finds the
// share and its owner the column.
INLINE void draw(const ChooseArgs& a, Shares& shared, ll row, float temperature, float top) {
  const ll share = (a.columns + blockDim.x - 1) / blockDim.x;
  const ll from = threadIdx.x * share;
  const ll to = from + share < a.columns ? from + share : a.columns;
  const ll at = row * a.rowStride;
  double sum = 0;
  for (ll c = from; c < to; c++) {
    sum += likelihood(a, at + c, temperature, top);
  }
  shared.sums[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    double total = 0;
    for (int t = 0; t < (int)blockDim.x; t++) {
      total += shared.sums[t];
    }
    double target = ((const double*)a.uniforms)[row] * total;
    ll owner = -1;
    // Rounding may leave something over, which belongs to the last share that weighs anything.
    for (int t = 0; t < (int)blockDim.x; t++) {
      if (shared.sums[t] > 0) {
        owner = t;
        if (target < shared.sums[t]) {
          break;
        }
        target -= shared.sums[t];
      }
    }
    shared.owner = owner;
    shared.target = target;
  }
  __syncthreads();
  if (threadIdx.x == shared.owner) {
    double target = shared.target;
    ll chosen = from;
    for (ll c = from; c < to; c++) {
      double weight = likelihood(a, at + c, temperature, top);
      if (weight > 0) {
        chosen = c;
        target -= weight;
        if (target < 0) {
          break;
        }
      }
    }
    ((ll*)a.chosen)[row] = chosen;
  }
  __syncthreads();
}

KERNEL(choose, ChooseArgs) {
  __shared__ Largest meeting;
  __shared__ Shares shares;
  for (ll row = blockNumber(); row < a.rows; row += blockCount()) {
    double best;
    ll place = firstOfLargest(meeting, a.logits, a.type, row * a.rowStride, 1, a.columns, &best);
    float temperature = (float)((const double*)a.temperatures)[row];
    bool finite = best - best == 0;
    if (threadIdx.x == 0) {
      ((float*)a.largest)[row] = (float)best;
      ((ll*)a.chosen)[row] = place;
    }
    if (temperature > 0 && finite) {
      draw(a, shares, row, temperature, (float)best / temperature);
    }
  }
}

// ---- Columns -----------------------------------------------------------------------------------------

struct ReduceMiddleArgs {
  void* out;
  ll outType;
  void* x;
  ll xType;
  ll outer;
  ll n;
  ll inner;
  ll outerStride;
  ll nStride;
  ll innerStride;
  ll add;
};

// A block takes 32 columns; its warps share the rows, each with four sums.
KERNEL(reduce_middle, ReduceMiddleArgs) {
  __shared__ float parts[1024];
  int lane = threadIdx.x % 32;
  int warp = threadIdx.x / 32;
  int warps = blockDim.x / 32;
  ll tiles = (a.inner + 31) / 32;
  for (ll tile = blockNumber(); tile < a.outer * tiles; tile += blockCount()) {
    ll o = tile / tiles;
    ll column = (tile - o * tiles) * 32 + lane;
    float sum[4] = {0, 0, 0, 0};
    if (column < a.inner) {
      ll at = o * a.outerStride + column * a.innerStride;
      ll j = warp;
      for (; j + 3 * warps < a.n; j += 4 * warps) {
        if (isFloating(a.xType)) {
          Raw<1> raw[4];
#pragma unroll
          for (int k = 0; k < 4; k++) {
            raw[k] = fetch<1>(a.x, a.xType, at + (j + k * warps) * a.nStride);
          }
#pragma unroll
          for (int k = 0; k < 4; k++) {
            sum[k] += unpack<1>(raw[k], a.xType).v[0];
          }
        } else {
          for (int k = 0; k < 4; k++) {
            sum[k] += loadAny<float>(a.x, a.xType, at + (j + k * warps) * a.nStride);
          }
        }
      }
      for (; j < a.n; j += warps) {
        sum[0] += loadAny<float>(a.x, a.xType, at + j * a.nStride);
      }
    }
    parts[threadIdx.x] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    __syncthreads();
    if (warp == 0 && column < a.inner) {
      float total = parts[lane];
      for (int w = 1; w < warps; w++) {
        total += parts[w * 32 + lane];
      }
      ll at = o * a.inner + column;
      if (a.add) {
        total += loadAny<float>(a.out, a.outType, at);
      }
      storeAny<float>(a.out, a.outType, at, total);
    }
    __syncthreads();
  }
}

// ---- The whole ---------------------------------------------------------------------------------------

struct SumSquaresArgs {
  void* partial;
  void* x;
  ll xType;
  ll n;
};

KERNEL(sum_squares, SumSquaresArgs) {
  double sum = 0;
  ll from = 0;
  if (packs(a.x, a.xType, 0, 0)) {
    ll count = a.n / 8;
    from = count * 8;
    for (ll i = threadNumber(); i < count; i += threadCount()) {
      Pack<8> p = loadPack<8>(a.x, a.xType, i * 8);
      double even = 0;
      double odd = 0;
#pragma unroll
      for (int k = 0; k < 8; k += 2) {
        even += (double)p.v[k] * (double)p.v[k];
        odd += (double)p.v[k + 1] * (double)p.v[k + 1];
      }
      sum += even + odd;
    }
  }
  for (ll i = from + threadNumber(); i < a.n; i += threadCount()) {
    double value = loadAny<double>(a.x, a.xType, i);
    sum += value * value;
  }
  Team block = {(int)threadIdx.x, (int)blockDim.x, 0, 0};
  sum = overTeam(block, sum, 0.0, Sum());
  if (threadIdx.x == 0) {
    ((double*)a.partial)[blockNumber()] = sum;
  }
}

// ---- Softmax -----------------------------------------------------------------------------------------

struct SoftmaxArgs {
  void* out;
  ll outType;
  void* x;
  ll xType;
  ll rows;
  ll columns;
};

template <int N>
INLINE void softmaxRows(const SoftmaxArgs& a) {
  Team team = teamFor(a.columns);
  ll count = a.columns / N;
  for (; team.row < a.rows; team.row += team.step) {
    ll at = team.row * a.columns;
    float top = -infinity();
    for (ll c = team.lane; c < count; c += team.lanes) {
      Pack<N> p = loadPack<N>(a.x, a.xType, at + c * N);
#pragma unroll
      for (int k = 0; k < N; k++) {
        top = maximum(top, p.v[k]);
      }
    }
    top = overTeam(team, top, -infinity(), Max());
    float sum = 0;
    for (ll c = team.lane; c < count; c += team.lanes) {
      Pack<N> p = loadPack<N>(a.x, a.xType, at + c * N);
      float part = 0;
#pragma unroll
      for (int k = 0; k < N; k++) {
        part += expf(p.v[k] - top);
      }
      sum += part;
    }
    sum = sumOver(team, sum);
    for (ll c = team.lane; c < count; c += team.lanes) {
      Pack<N> p = loadPack<N>(a.x, a.xType, at + c * N);
#pragma unroll
      for (int k = 0; k < N; k++) {
        p.v[k] = expf(p.v[k] - top) / sum;
      }
      storePack<N>(a.out, a.outType, at + c * N, p);
    }
  }
}

KERNEL(softmax, SoftmaxArgs) {
  if (packs(a.x, a.xType, a.columns, 0) && packs(a.out, a.outType, a.columns, 0)) {
    softmaxRows<8>(a);
  } else {
    softmaxRows<1>(a);
  }
}
