/* SPDX-License-Identifier: Apache-2.0 */
// What every kernel file begins with: element types, conversions, eight elements at a time, sums over
// a team of threads. Compiled by NVRTC for a card, and behind host.h by a C++ compiler for the tests.
#pragma once

typedef long long ll;

// Threads of a block at most.
#define MAX_BLOCK 1024

// A kernel has one parameter, a struct whose members have 8 bytes each.
#ifndef DPO4J_HOST
#define REQUIRE_ALIGNED(address)
#define COMBINE_AT_ONCE(value, combine)
#define KERNEL(name, Args)                               \
  extern "C" __global__ void __launch_bounds__(MAX_BLOCK) \
      dpo4j_##name(const __grid_constant__ Args a)
#endif
#define INLINE static __device__ __forceinline__

// The order of DType's constants.
enum Type : ll {
  FLOAT64,
  FLOAT32,
  BFLOAT16,
  FLOAT16,
  INT64,
  INT32,
  INT16,
  INT8,
  UINT8,
  BOOL
};

INLINE float infinity() { return __uint_as_float(0x7f800000u); }

// ---- Conversions; to the nearest, ties to even -----------------------------------------------------

INLINE float fromBfloat16(unsigned bits) { return __uint_as_float(bits << 16); }

// Turing has no instruction for it.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
#define HAS_BFLOAT16
#endif

INLINE unsigned short toBfloat16(float x) {
#ifdef HAS_BFLOAT16
  unsigned short bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
#else
  unsigned bits = __float_as_uint(x);
  if (x != x) {
    return 0x7fff;
  }
  return (unsigned short)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
#endif
}

// Two at once: one instruction on a card.
INLINE unsigned toBfloat16s(float low, float high) {
#ifdef HAS_BFLOAT16
  unsigned bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
#else
  return (unsigned)toBfloat16(low) | ((unsigned)toBfloat16(high) << 16);
#endif
}

INLINE float fromFloat16(unsigned short bits) {
#ifdef __CUDA_ARCH__
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
#else
  unsigned sign = (unsigned)(bits & 0x8000u) << 16;
  unsigned exponent = (bits >> 10) & 31u;
  unsigned fraction = bits & 1023u;
  if (exponent == 31u) {
    return __uint_as_float(sign | 0x7f800000u | (fraction << 13));
  }
  if (exponent == 0u) {
    float x = (float)fraction * 5.9604644775390625e-8f;  // 2^-24
    return sign ? -x : x;
  }
  return __uint_as_float(sign | ((exponent + 112u) << 23) | (fraction << 13));
#endif
}

INLINE unsigned short toFloat16(float x) {
#ifdef __CUDA_ARCH__
  unsigned short bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
#else
  unsigned bits = __float_as_uint(x);
  unsigned sign = (bits >> 16) & 0x8000u;
  unsigned size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) {
    return (unsigned short)0x7fff;
  }
  if (size >= 0x477ff000u) {  // 65520 and more
    return (unsigned short)(sign | 0x7c00u);
  }
  if (size < 0x38800000u) {  // below 2^-14: the sum's last bit is worth 2^-24
    float sum = __uint_as_float(size) + 0.5f;
    return (unsigned short)(sign | (__float_as_uint(sum) - 0x3f000000u));
  }
  unsigned rounded = size + 0xfffu + ((size >> 13) & 1u);
  return (unsigned short)(sign | ((rounded - 0x38000000u) >> 13));
#endif
}

// ---- One element -------------------------------------------------------------------------------------

INLINE bool isFloating(ll type) { return type <= FLOAT16; }

// Types whose values do not fit into a float32.
INLINE bool isWide(ll type) { return type == FLOAT64 || type == INT64 || type == INT32; }

// An element of a floating type.
INLINE float load(const void* x, ll type, ll i) {
  if (type == BFLOAT16) {
    return fromBfloat16(((const unsigned short*)x)[i]);
  }
  if (type == FLOAT32) {
    return ((const float*)x)[i];
  }
  if (type == FLOAT16) {
    return fromFloat16(((const unsigned short*)x)[i]);
  }
  return (float)((const double*)x)[i];
}

INLINE void store(void* out, ll type, ll i, float value) {
  if (type == BFLOAT16) {
    ((unsigned short*)out)[i] = toBfloat16(value);
  } else if (type == FLOAT32) {
    ((float*)out)[i] = value;
  } else if (type == FLOAT16) {
    ((unsigned short*)out)[i] = toFloat16(value);
  } else {
    ((double*)out)[i] = (double)value;
  }
}

// The value as it is after it was stored.
INLINE float rounded(ll type, float value) {
  return type == BFLOAT16  ? fromBfloat16(toBfloat16(value))
         : type == FLOAT16 ? fromFloat16(toFloat16(value))
                           : value;
}

INLINE ll loadWhole(const void* x, ll type, ll i) {
  switch (type) {
    case INT64:
      return ((const ll*)x)[i];
    case INT32:
      return ((const int*)x)[i];
    case INT16:
      return ((const short*)x)[i];
    case INT8:
      return ((const signed char*)x)[i];
    default:
      return ((const unsigned char*)x)[i];
  }
}

INLINE void storeWhole(void* out, ll type, ll i, ll value) {
  switch (type) {
    case INT64:
      ((ll*)out)[i] = value;
      break;
    case INT32:
      ((int*)out)[i] = (int)value;
      break;
    case INT16:
      ((short*)out)[i] = (short)value;
      break;
    case BOOL:
      ((unsigned char*)out)[i] = value != 0;
      break;
    default:
      ((unsigned char*)out)[i] = (unsigned char)value;
  }
}

// An element of any type, in float32 or in double.
template <class T>
INLINE T loadAny(const void* x, ll type, ll i) {
  if (type == FLOAT64) {
    return (T)((const double*)x)[i];
  }
  return isFloating(type) ? (T)load(x, type, i) : (T)loadWhole(x, type, i);
}

template <class T>
INLINE void storeAny(void* out, ll type, ll i, T value) {
  if (type == FLOAT64) {
    ((double*)out)[i] = (double)value;
  } else if (isFloating(type)) {
    store(out, type, i, (float)value);
  } else if (type == BOOL) {
    ((unsigned char*)out)[i] = value != (T)0;
  } else {
    storeWhole(out, type, i, (ll)value);
  }
}

// Whole numbers and doubles stay as they are where both sides have room for them.
INLINE void convert(void* out, ll outType, ll o, const void* x, ll xType, ll i) {
  if (!isFloating(outType) && !isFloating(xType)) {
    storeWhole(out, outType, o, loadWhole(x, xType, i));
  } else if (isWide(outType) || isWide(xType)) {
    storeAny<double>(out, outType, o, loadAny<double>(x, xType, i));
  } else {
    storeAny<float>(out, outType, o, loadAny<float>(x, xType, i));
  }
}

// ---- Eight elements ----------------------------------------------------------------------------------

// Neighbours that a thread handles together: eight in one or two accesses of 16 bytes, or one.
template <int N>
struct Pack {
  float v[N];
};

INLINE bool hasPacks(ll type) { return type == BFLOAT16 || type == FLOAT32 || type == FLOAT16; }

// Whether a matrix of this type can be read by packs; width and stride count elements.
INLINE bool packs(const void* x, ll type, ll width, ll stride) {
  return hasPacks(type) && ((unsigned long long)x & 15) == 0 && width % 8 == 0 && stride % 8 == 0;
}

// A pack as it lies in memory. A kernel fetches all that it needs before it unpacks the first, so that
// it waits for memory once.
template <int N>
struct Raw {
  uint4 low;
  uint4 high;
};

template <>
struct Raw<1> {
  unsigned bits;
};

template <int N>
INLINE Raw<N> fetch(const void* x, ll type, ll i) {
  Raw<N> r;
  if constexpr (N == 1) {
    if (type == FLOAT32) {
      r.bits = ((const unsigned*)x)[i];
    } else if (type == FLOAT64) {
      r.bits = __float_as_uint((float)((const double*)x)[i]);
    } else {
      r.bits = ((const unsigned short*)x)[i];
    }
  } else {
    const uint4* at = (const uint4*)((const char*)x + (type == FLOAT32 ? 4 * i : 2 * i));
    REQUIRE_ALIGNED(at);
    r.low = at[0];
    if (type == FLOAT32) {
      r.high = at[1];
    } else {
      r.high = r.low;
    }
  }
  return r;
}

template <int N>
INLINE Pack<N> unpack(const Raw<N>& r, ll type) {
  Pack<N> p;
  if constexpr (N == 1) {
    p.v[0] = type == BFLOAT16  ? fromBfloat16(r.bits)
             : type == FLOAT16 ? fromFloat16((unsigned short)r.bits)
                               : __uint_as_float(r.bits);
  } else {
    const unsigned low[4] = {r.low.x, r.low.y, r.low.z, r.low.w};
    const unsigned high[4] = {r.high.x, r.high.y, r.high.z, r.high.w};
    if (type == FLOAT16) {
#pragma unroll
      for (int k = 0; k < 4; k++) {
        p.v[2 * k] = fromFloat16((unsigned short)(low[k] & 0xffffu));
        p.v[2 * k + 1] = fromFloat16((unsigned short)(low[k] >> 16));
      }
    } else {
#pragma unroll
      for (int k = 0; k < 8; k++) {
        unsigned single = k < 4 ? low[k % 4] : high[k % 4];
        unsigned half = k % 2 == 0 ? low[k / 2] << 16 : low[k / 2] & 0xffff0000u;
        p.v[k] = __uint_as_float(type == FLOAT32 ? single : half);
      }
    }
  }
  return p;
}

template <int N>
INLINE Pack<N> loadPack(const void* x, ll type, ll i) {
  return unpack<N>(fetch<N>(x, type, i), type);
}

template <int N>
INLINE void storePack(void* out, ll type, ll i, const Pack<N>& p) {
  if constexpr (N == 1) {
    store(out, type, i, p.v[0]);
  } else if (type == BFLOAT16) {
    REQUIRE_ALIGNED((unsigned short*)out + i);
    uint4 u;
    u.x = toBfloat16s(p.v[0], p.v[1]);
    u.y = toBfloat16s(p.v[2], p.v[3]);
    u.z = toBfloat16s(p.v[4], p.v[5]);
    u.w = toBfloat16s(p.v[6], p.v[7]);
    *(uint4*)((unsigned short*)out + i) = u;
  } else if (type == FLOAT32) {
    REQUIRE_ALIGNED((float*)out + i);
    float4 f = {p.v[0], p.v[1], p.v[2], p.v[3]};
    float4 g = {p.v[4], p.v[5], p.v[6], p.v[7]};
    *(float4*)((float*)out + i) = f;
    *(float4*)((float*)out + i + 4) = g;
  } else {
    REQUIRE_ALIGNED((unsigned short*)out + i);
    unsigned w[4];
#pragma unroll
    for (int k = 0; k < 4; k++) {
      w[k] = (unsigned)toFloat16(p.v[2 * k]) | ((unsigned)toFloat16(p.v[2 * k + 1]) << 16);
    }
    uint4 u = {w[0], w[1], w[2], w[3]};
    *(uint4*)((unsigned short*)out + i) = u;
  }
}

// ---- Threads -----------------------------------------------------------------------------------------

INLINE ll blockNumber() { return (ll)blockIdx.y * gridDim.x + blockIdx.x; }

INLINE ll blockCount() { return (ll)gridDim.x * gridDim.y; }

INLINE ll threadNumber() { return blockNumber() * blockDim.x + threadIdx.x; }

INLINE ll threadCount() { return blockCount() * blockDim.x; }

#define WHOLE_WARP 0xffffffffu

INLINE float maximum(float a, float b) { return a > b || a != a ? a : b; }

struct Sum {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return a + b;
  }
};

// Not a number wins, as in torch.
struct Max {
  __device__ __forceinline__ float operator()(float a, float b) const { return maximum(a, b); }
};

// Combines the values of a warp; each of its threads has the result. It does not matter which of two
// values comes first.
template <class T, class F>
INLINE T overWarp(T value, F combine) {
  COMBINE_AT_ONCE(value, combine)
#pragma unroll
  for (int d = 16; d > 0; d /= 2) {
    value = combine(value, __shfl_xor_sync(WHOLE_WARP, value, d));
  }
  return value;
}

// The threads that share a row: a warp for narrow rows, else the whole block. All threads of a team
// take the same way through the kernel; the block is a multiple of 32.
struct Team {
  int lane;
  int lanes;
  ll row;
  ll step;
};

#define WARP_ROW 1024

INLINE Team teamFor(ll width) {
  Team t;
  if (width <= WARP_ROW) {
    int warps = blockDim.x / 32;
    t.lane = threadIdx.x % 32;
    t.lanes = 32;
    t.row = blockNumber() * warps + threadIdx.x / 32;
    t.step = blockCount() * warps;
  } else {
    t.lane = threadIdx.x;
    t.lanes = blockDim.x;
    t.row = blockNumber();
    t.step = blockCount();
  }
  return t;
}

// Combines the values of a team in an order that depends on its size only. NEUTRAL changes nothing.
template <class T, class F>
INLINE T overTeam(const Team& team, T value, T neutral, F combine) {
  __shared__ T parts[32];
  value = overWarp(value, combine);
  if (team.lanes > 32) {
    if (threadIdx.x % 32 == 0) {
      parts[threadIdx.x / 32] = value;
    }
    __syncthreads();
    value = threadIdx.x % 32 < blockDim.x / 32 ? parts[threadIdx.x % 32] : neutral;
    __syncthreads();
    value = overWarp(value, combine);
  }
  return value;
}

INLINE float sumOver(const Team& team, float value) { return overTeam(team, value, 0.0f, Sum()); }
