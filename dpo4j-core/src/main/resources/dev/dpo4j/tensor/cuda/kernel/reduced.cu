/* SPDX-License-Identifier: Apache-2.0 */
// Floating-point numbers of few bits.
#include "common.cuh"

struct RoundMantissaArgs {
  void* x;
  ll n;
  ll add;
  ll mask;
};

KERNEL(round_mantissa, RoundMantissaArgs) {
  unsigned* x = (unsigned*)a.x;
  for (ll i = threadNumber(); i < a.n; i += threadCount()) {
    x[i] = (x[i] + (unsigned)a.add) & (unsigned)a.mask;
  }
}

// torch's float8_e4m3fn: one zero of each sign, no infinity; what does not fit is not a number.
INLINE unsigned char toE4m3(float x) {
  unsigned bits = __float_as_uint(x);
  unsigned sign = (bits >> 24) & 0x80u;
  unsigned size = bits & 0x7fffffffu;
  if (size >= 0x43f00000u) {  // 480 and more
    return (unsigned char)(sign | 0x7fu);
  }
  if (size < 0x3c800000u) {  // below 2^-6: the last bit of the sum is worth 2^-9
    float sum = __uint_as_float(size) + 16384.0f;
    return (unsigned char)(sign | (__float_as_uint(sum) - 0x46800000u));
  }
  unsigned nearest = size + 0x7ffffu + ((size >> 20) & 1u);
  return (unsigned char)(sign | ((nearest - 0x3c000000u) >> 20));
}

INLINE float fromE4m3(unsigned bits) {
  unsigned sign = (bits & 0x80u) << 24;
  unsigned size = bits & 0x7fu;
  if (size == 0x7fu) {
    return __uint_as_float(sign | 0x7fc00000u);
  }
  if (size < 8u) {
    float x = (float)size * 0.001953125f;  // 2^-9
    return sign ? -x : x;
  }
  return __uint_as_float(sign | ((size << 20) + 0x3c000000u));
}

struct EncodeE4m3Args {
  void* out;
  void* x;
  ll xType;
  ll n;
};

KERNEL(encode_e4m3, EncodeE4m3Args) {
  for (ll i = threadNumber(); i < a.n; i += threadCount()) {
    ((unsigned char*)a.out)[i] = toE4m3(load(a.x, a.xType, i));
  }
}

struct DecodeE4m3Args {
  void* out;
  ll outType;
  void* x;
  ll n;
};

KERNEL(decode_e4m3, DecodeE4m3Args) {
  for (ll i = threadNumber(); i < a.n; i += threadCount()) {
    store(a.out, a.outType, i, fromE4m3(((const unsigned char*)a.x)[i]));
  }
}

struct WidenCodesArgs {
  void* out;
  ll outType;
  void* codes;
  void* book;
  void* scales;
  ll n;
  ll block;
};

// Two codes a byte, the first one in the upper half; a scale for each block.
KERNEL(widen_codes, WidenCodesArgs) {
  const unsigned char* codes = (const unsigned char*)a.codes;
  const float* book = (const float*)a.book;
  const float* scales = (const float*)a.scales;
  for (ll i = threadNumber(); i < a.n; i += threadCount()) {
    unsigned pair = codes[i / 2];
    unsigned code = i % 2 == 0 ? pair >> 4 : pair & 15u;
    store(a.out, a.outType, i, book[code] * scales[i / a.block]);
  }
}
