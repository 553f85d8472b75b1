/* SPDX-License-Identifier: Apache-2.0 */
// Runs kernels on host memory, for tests: the threads of a block are fibres that take turns at
// barriers and at exchanges within a warp, always in the same order.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#define DPO4J_HOST 1
#define __device__
#define __forceinline__ inline
#define __shared__ static

struct Dimensions {
  unsigned x;
  unsigned y;
  unsigned z;
};

static Dimensions threadIdx;
static Dimensions blockIdx;
static Dimensions blockDim;
static Dimensions gridDim;

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

struct alignas(16) float4 {
  float x, y, z, w;
};

static inline float __uint_as_float(unsigned bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

static inline unsigned __float_as_uint(float x) {
  unsigned bits;
  memcpy(&bits, &x, 4);
  return bits;
}

// A card stops at an access of 16 bytes elsewhere; this processor would not.
static bool misaligned;
#define REQUIRE_ALIGNED(address) (misaligned |= ((uintptr_t)(address) & 15) != 0)

#define KERNEL(name, Args)                                                             \
  static void dpo4j_body_##name(const Args& a);                                        \
  extern "C" void dpo4j_##name(const void* a) { dpo4j_body_##name(*(const Args*)a); } \
  static void dpo4j_body_##name(const Args& a)

// ---- Fibres ------------------------------------------------------------------------------------------

enum ThreadState { NEW, READY, AT_BARRIER, AT_EXCHANGE, DONE };

static const int MOST_THREADS = 1024;

// The odd number of lines keeps the stacks' ends, where the work is, apart in the processor's caches.
static const size_t STACK_BYTES = (64 << 10) + 9 * 64;

#if defined(__x86_64__) && !defined(_WIN32)

typedef void* FibreContext;

// Leaves the registers that a call must keep on the stack, whose top is noted in *from.
extern "C" void dpo4j_switch(void** from, void* to) __asm__("dpo4j_switch");
__asm__(
    ".text\n"
    "dpo4j_switch:\n"
    "  pushq %rbp\n"
    "  pushq %rbx\n"
    "  pushq %r12\n"
    "  pushq %r13\n"
    "  pushq %r14\n"
    "  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n"
    "  popq %r14\n"
    "  popq %r13\n"
    "  popq %r12\n"
    "  popq %rbx\n"
    "  popq %rbp\n"
    "  ret\n");

static void prepareFibre(FibreContext* context, char* stack, void (*entry)()) {
  uintptr_t top = ((uintptr_t)stack + STACK_BYTES) & ~(uintptr_t)15;
  void** words = (void**)top;
  words[-1] = 0;  // where entry would return to
  words[-2] = (void*)entry;
  for (int i = 3; i <= 8; i++) {
    words[-i] = 0;
  }
  *context = &words[-8];
}

static void switchFibre(FibreContext* from, FibreContext* to) { dpo4j_switch(from, *to); }

#else

#include <ucontext.h>

typedef ucontext_t FibreContext;

static void prepareFibre(FibreContext* context, char* stack, void (*entry)()) {
  getcontext(context);
  context->uc_stack.ss_sp = stack;
  context->uc_stack.ss_size = STACK_BYTES;
  context->uc_link = 0;
  makecontext(context, entry, 0);
}

static void switchFibre(FibreContext* from, FibreContext* to) { swapcontext(from, to); }

#endif

struct Thread {
  ThreadState state;
  int fibre;
  unsigned exchanges;
  uint64_t slots[2];  // two, for the next exchange may begin before all have read
};

static Thread threads[MOST_THREADS];

// A fibre takes one thread after the other: a kernel that never waits runs in a single one.
static FibreContext fibres[MOST_THREADS];
static int fibresMade;
static int idleFibres[MOST_THREADS];
static int idle;
static char* stacks;
static FibreContext scheduler;
static void (*currentKernel)(const void*);
static const void* currentArguments;

// The warp whose threads take turns, and how many of them had theirs.
static int warpFirst;
static int warpCount;
static int warpTurns;
static bool reversed;

static void runFibre();

static int idleFibre() {
  if (idle > 0) {
    return idleFibres[--idle];
  }
  prepareFibre(&fibres[fibresMade], stacks + fibresMade * STACK_BYTES, runFibre);
  return fibresMade++;
}

// Goes on with the next thread of the warp that can run, or else with the scheduler.
static void passOn(FibreContext* from) {
  FibreContext* to = &scheduler;
  while (to == &scheduler && warpTurns < warpCount) {
    int turn = warpTurns++;
    int number = warpFirst + (reversed ? warpCount - 1 - turn : turn);
    Thread& thread = threads[number];
    if (thread.state == NEW) {
      thread.fibre = idleFibre();
      thread.state = READY;
    }
    if (thread.state == READY) {
      threadIdx.x = number;
      to = &fibres[thread.fibre];
    }
  }
  if (to != from) {
    switchFibre(from, to);
  }
}

static void runFibre() {
  while (true) {
    currentKernel(currentArguments);
    Thread& done = threads[threadIdx.x];
    done.state = DONE;
    idleFibres[idle++] = done.fibre;
    passOn(&fibres[done.fibre]);
  }
}

static void wait(ThreadState state) {
  Thread& self = threads[threadIdx.x];
  self.state = state;
  passOn(&fibres[self.fibre]);
}

static void __syncthreads() { wait(AT_BARRIER); }

template <class T>
static T __shfl_xor_sync(unsigned, T value, int mask) {
  Thread& self = threads[threadIdx.x];
  unsigned slot = self.exchanges++ & 1;
  memcpy(&self.slots[slot], &value, sizeof(T));
  wait(AT_EXCHANGE);
  memcpy(&value, &threads[threadIdx.x ^ mask].slots[slot], sizeof(T));
  return value;
}

// What the exchanges of a combination give, with a single one. Where threads come in the opposite order
// the exchanges are made, so that a test of both compares the two.
#define COMBINE_AT_ONCE(value, combine)    \
  if (!reversed) {                         \
    return combineAtOnce(value, combine);  \
  }

static uint64_t combined[MOST_THREADS / 32];

template <class T, class F>
static T combineAtOnce(T value, F combine) {
  Thread& self = threads[threadIdx.x];
  unsigned slot = self.exchanges++ & 1;
  memcpy(&self.slots[slot], &value, sizeof(T));
  wait(AT_EXCHANGE);
  uint64_t& result = combined[threadIdx.x / 32];
  if (threadIdx.x % 32 == 0) {  // the first to go on
    T values[32];
    for (int i = 0; i < 32; i++) {
      memcpy(&values[i], &threads[threadIdx.x + i].slots[slot], sizeof(T));
    }
    for (int d = 16; d > 0; d /= 2) {
      for (int i = 0; i < d; i++) {
        values[i] = combine(values[i], values[i + d]);
      }
    }
    memcpy(&result, values, sizeof(T));
  }
  memcpy(&value, &result, sizeof(T));
  return value;
}

// Runs the threads of a warp until none can go on without the other warps.
static bool runWarp(int first, int count) {
  warpFirst = first;
  warpCount = count;
  while (true) {
    warpTurns = 0;
    passOn(&scheduler);
    int exchanging = 0;
    for (int i = 0; i < count; i++) {
      exchanging += threads[first + i].state == AT_EXCHANGE;
    }
    if (exchanging == 0) {
      return true;
    }
    if (exchanging != 32) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      threads[first + i].state = READY;
    }
  }
}

// False if threads of a block wait for others that will never come.
static bool runBlock(int block) {
  for (int i = 0; i < block; i++) {
    threads[i].state = NEW;
    threads[i].exchanges = 0;
  }
  int warps = (block + 31) / 32;
  while (true) {
    for (int w = 0; w < warps; w++) {
      int first = 32 * (reversed ? warps - 1 - w : w);
      int count = block - first < 32 ? block - first : 32;
      if (!runWarp(first, count)) {
        return false;
      }
    }
    int waiting = 0;
    for (int i = 0; i < block; i++) {
      waiting += threads[i].state == AT_BARRIER;
    }
    if (waiting == 0) {
      return true;
    }
    if (waiting != block) {
      return false;
    }
    for (int i = 0; i < block; i++) {
      threads[i].state = READY;
    }
  }
}

// Runs a kernel; with reverse, blocks and threads come in the opposite order, which must not show.
// Returns 0, 1 if threads of a block did not all reach the same barriers, 2 if 16 bytes at once were
// not aligned.
extern "C" int dpo4j_host_launch(void (*kernel)(const void*), long long gridX, long long gridY,
                                 int block, const void* arguments, int reverse) {
  if (stacks == 0) {
    stacks = (char*)malloc(MOST_THREADS * STACK_BYTES);
  }
  misaligned = false;
  reversed = reverse != 0;
  currentKernel = kernel;
  currentArguments = arguments;
  gridDim = Dimensions{(unsigned)gridX, (unsigned)gridY, 1};
  blockDim = Dimensions{(unsigned)block, 1, 1};
  threadIdx = Dimensions{0, 0, 0};
  long long blocks = gridX * gridY;
  for (long long i = 0; i < blocks; i++) {
    long long b = reversed ? blocks - 1 - i : i;
    blockIdx = Dimensions{(unsigned)(b % gridX), (unsigned)(b / gridX), 0};
    if (!runBlock(block)) {
      // The fibres of the threads that wait are lost.
      fibresMade = 0;
      idle = 0;
      return 1;
    }
  }
  return misaligned ? 2 : 0;
}

extern "C" void dpo4j_host_copy(void* to, const void* from, size_t bytes) { memcpy(to, from, bytes); }

extern "C" void dpo4j_host_fill(void* to, int value, size_t bytes) { memset(to, value, bytes); }
