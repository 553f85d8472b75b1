/* SPDX-License-Identifier: Apache-2.0 */
// One number a place, over up to six dimensions with strides; stride 0 repeats a number. Operand 0 is
// the result.
#include "common.cuh"

#define RANK 6

template <int N>
struct Operands {
  void* data[N];
  ll type[N];
  const ll* stride[N];
};

// Where number i lies in each operand, in units of UNIT neighbours of the last dimension.
template <int N>
INLINE void place(ll i, ll rank, const ll* size, const Operands<N>& x, ll unit, bool narrow, ll* at) {
#pragma unroll
  for (int k = 0; k < N; k++) {
    at[k] = 0;
  }
  for (ll d = rank - 1; d >= 0; d--) {
    ll extent = d == rank - 1 ? size[d] / unit : size[d];
    ll index;
    if (d == 0) {
      index = i;
    } else if (narrow) {  // a division of 64 bits takes many times as long
      unsigned quotient = (unsigned)i / (unsigned)extent;
      index = (unsigned)i - quotient * (unsigned)extent;
      i = quotient;
    } else {
      ll quotient = i / extent;
      index = i - quotient * extent;
      i = quotient;
    }
    ll scaled = d == rank - 1 ? index * unit : index;
#pragma unroll
    for (int k = 0; k < N; k++) {
      at[k] += scaled * x.stride[k][d];
    }
  }
}

// Whether eight neighbours of the last dimension can be handled together.
template <int N>
INLINE bool canPack(ll rank, const ll* size, const Operands<N>& x) {
  if (rank < 1 || (rank > 1 && size[rank - 1] % 8 != 0)) {
    return false;
  }
  for (int k = 0; k < N; k++) {
    ll last = x.stride[k][rank - 1];
    if (!hasPacks(x.type[k]) || ((unsigned long long)x.data[k] & 15) != 0 ||
        (last != 1 && (last != 0 || k == 0))) {
      return false;
    }
    for (ll d = 0; d < rank - 1; d++) {
      if (last == 1 && x.stride[k][d] % 8 != 0) {
        return false;
      }
    }
  }
  return true;
}

template <int N, class F>
INLINE void onPack(const Operands<N>& x, const ll* at, ll rank, const F& f) {
  Raw<8> raw[N];
  Pack<8> in[N];
#pragma unroll
  for (int k = 0; k < N; k++) {
    if (k == 0 ? !F::READS_RESULT : !f.reads()) {
      continue;
    }
    if (x.stride[k][rank - 1] == 1) {
      raw[k] = fetch<8>(x.data[k], x.type[k], at[k]);
    }
  }
#pragma unroll
  for (int k = 0; k < N; k++) {
    if (k == 0 ? !F::READS_RESULT : !f.reads()) {
      continue;
    }
    if (x.stride[k][rank - 1] == 1) {
      in[k] = unpack<8>(raw[k], x.type[k]);
    } else {
      float value = load(x.data[k], x.type[k], at[k]);
#pragma unroll
      for (int j = 0; j < 8; j++) {
        in[k].v[j] = value;
      }
    }
  }
  f.pack(in);
  storePack<8>(x.data[0], x.type[0], at[0], in[0]);
}

template <int N, class T, class F>
INLINE void onOne(const Operands<N>& x, const ll* at, const F& f) {
  T in[N];
#pragma unroll
  for (int k = 0; k < N; k++) {
    in[k] = (k == 0 ? !F::READS_RESULT : !f.reads())
                ? (T)0
                : loadAny<T>(x.data[k], x.type[k], at[k]);
  }
  storeAny<T>(x.data[0], x.type[0], at[0], f.one(in));
}

template <int N, class F>
INLINE void overAll(ll n, ll rank, const ll* size, const Operands<N>& x, const F& f) {
  const bool narrow = n <= 0x7fffffff;
  ll at[N];
  ll from = 0;
  if (canPack<N>(rank, size, x)) {
    ll count = n / 8;
    from = count * 8;
    for (ll i = threadNumber(); i < count; i += threadCount()) {
      place<N>(i, rank, size, x, 8, narrow, at);
      onPack<N>(x, at, rank, f);
    }
  }
  bool wide = false;
#pragma unroll
  for (int k = 0; k < N; k++) {
    wide |= isWide(x.type[k]);
  }
  for (ll i = from + threadNumber(); i < n; i += threadCount()) {
    place<N>(i, rank, size, x, 1, narrow, at);
    if (f.copies()) {
      convert(x.data[0], x.type[0], at[0], x.data[N - 1], x.type[N - 1], at[N - 1]);
    } else if (wide) {
      onOne<N, double>(x, at, f);
    } else {
      onOne<N, float>(x, at, f);
    }
  }
}

INLINE float exponential(float x) { return expf(x); }
INLINE double exponential(double x) { return exp(x); }
INLINE float logarithm(float x) { return logf(x); }
INLINE double logarithm(double x) { return log(x); }
INLINE float root(float x) { return sqrtf(x); }
INLINE double root(double x) { return sqrt(x); }

template <class T>
INLINE T sigmoid(T x) {
  return (T)1 / ((T)1 + exponential(-x));
}

// gelu(x) by tanh is x * sigmoid(2 u), u = sqrt(2 / pi) * (x + 0.044715 x^3).
template <class T>
INLINE T geluShare(T x) {
  return sigmoid((T)1.5957691216057308 * (x + (T)0.044715 * x * x * x));
}

// ---- One operand -------------------------------------------------------------------------------------

struct UnaryArgs {
  void* out;
  ll outType;
  void* x;
  ll xType;
  ll n;
  ll rank;
  ll size[RANK];
  ll outStride[RANK];
  ll xStride[RANK];
  ll op;
  double alpha;
};

struct Unary {
  static const bool READS_RESULT = false;
  ll op;
  double alpha;

  __device__ __forceinline__ bool copies() const { return op == 0; }

  __device__ __forceinline__ bool reads() const { return op != 7; }

  template <class T>
  __device__ __forceinline__ T value(T x) const {
    switch (op) {
      case 1:
        return exponential(x);
      case 2:
        return logarithm(x);
      case 3:
        return root(x);
      case 4:
        return (T)1 / root(x);
      case 5:
        return x <= (T)0 ? (T)0 - x : x;
      case 6:
        return x * sigmoid(x);
      case 7:
        return (T)alpha;
      case 8:
        return x + (T)alpha;
      case 9:
        return x * (T)alpha;
      case 10:
        return x < (T)alpha ? (T)alpha : x;
      case 11:
        return -x;
      case 12:
        return (T)1 / x;
      case 13:
        return x * geluShare(x);
      default:
        return x;
    }
  }

  template <class T>
  __device__ __forceinline__ T one(const T* in) const {
    return value(in[1]);
  }

  __device__ __forceinline__ void pack(Pack<8>* in) const {
#pragma unroll
    for (int j = 0; j < 8; j++) {
      in[0].v[j] = value(in[1].v[j]);
    }
  }
};

KERNEL(unary, UnaryArgs) {
  // A fill reads nothing: its operand is the result itself.
  const bool fill = a.op == 7;
  Operands<2> x = {{a.out, fill ? a.out : a.x},
                   {a.outType, fill ? a.outType : a.xType},
                   {a.outStride, fill ? a.outStride : a.xStride}};
  Unary f = {a.op, a.alpha};
  overAll<2>(a.n, a.rank, a.size, x, f);
}

// ---- Two operands ------------------------------------------------------------------------------------

struct BinaryArgs {
  void* out;
  ll outType;
  void* a;
  ll aType;
  void* b;
  ll bType;
  ll n;
  ll rank;
  ll size[RANK];
  ll outStride[RANK];
  ll aStride[RANK];
  ll bStride[RANK];
  ll op;
  double alpha;
};

struct Binary {
  static const bool READS_RESULT = false;
  ll op;
  double alpha;

  __device__ __forceinline__ bool copies() const { return false; }

  __device__ __forceinline__ bool reads() const { return true; }

  template <class T>
  __device__ __forceinline__ T value(T x, T y) const {
    switch (op) {
      case 0:
        return x + (T)alpha * y;
      case 1:
        return x - y;
      case 2:
        return x * y;
      case 3:
        return x / y;
      case 5: {
        T s = geluShare(y);
        T slope = (T)1.5957691216057308 * ((T)1 + (T)0.134145 * y * y);
        return x * (s + y * s * ((T)1 - s) * slope);
      }
      default: {
        T s = sigmoid(y);
        return x * (s * ((T)1 + y * ((T)1 - s)));
      }
    }
  }

  template <class T>
  __device__ __forceinline__ T one(const T* in) const {
    return value(in[1], in[2]);
  }

  __device__ __forceinline__ void pack(Pack<8>* in) const {
#pragma unroll
    for (int j = 0; j < 8; j++) {
      in[0].v[j] = value(in[1].v[j], in[2].v[j]);
    }
  }
};

KERNEL(binary, BinaryArgs) {
  Operands<3> x = {
      {a.out, a.a, a.b}, {a.outType, a.aType, a.bType}, {a.outStride, a.aStride, a.bStride}};
  Binary f = {a.op, a.alpha};
  overAll<3>(a.n, a.rank, a.size, x, f);
}

struct AddcmulArgs {
  void* out;
  ll outType;
  void* a;
  ll aType;
  void* b;
  ll bType;
  ll n;
  ll rank;
  ll size[RANK];
  ll outStride[RANK];
  ll aStride[RANK];
  ll bStride[RANK];
  double alpha;
};

struct Addcmul {
  static const bool READS_RESULT = true;
  double alpha;

  __device__ __forceinline__ bool copies() const { return false; }

  __device__ __forceinline__ bool reads() const { return true; }

  template <class T>
  __device__ __forceinline__ T one(const T* in) const {
    return in[0] + (T)alpha * in[1] * in[2];
  }

  __device__ __forceinline__ void pack(Pack<8>* in) const {
#pragma unroll
    for (int j = 0; j < 8; j++) {
      in[0].v[j] = in[0].v[j] + (float)alpha * in[1].v[j] * in[2].v[j];
    }
  }
};

KERNEL(addcmul, AddcmulArgs) {
  Operands<3> x = {
      {a.out, a.a, a.b}, {a.outType, a.aType, a.bType}, {a.outStride, a.aStride, a.bStride}};
  Addcmul f = {a.alpha};
  overAll<3>(a.n, a.rank, a.size, x, f);
}
