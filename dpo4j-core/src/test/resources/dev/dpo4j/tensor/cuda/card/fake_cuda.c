/* SPDX-License-Identifier: Apache-2.0 */
/* A card made of host memory, behind the functions of NVIDIA's driver and of PyTorch that we call. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t word;

static int live_tensors, live_blocks, sticky, events_waited, launches;
static int64_t free_memory = 1 << 30;

int fake_live_tensors(void) { return live_tensors; }
int fake_live_blocks(void) { return live_blocks; }
int fake_launches(void) { return launches; }
int fake_events_waited(void) { return events_waited; }
void fake_fail_from_now_on(int error) { sticky = error; }

/* ---- driver ---- */
int cuInit(int flags) { return 0; }
int cuDriverGetVersion(int *v) { *v = 13000; return 0; }
int cuDeviceGetCount(int *n) { *n = 2; return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal + 10; return 0; }
int cuDeviceGetName(char *name, int length, int device) {
  strncpy(name, device == 10 ? "Fake A" : "Fake B", length);
  return 0;
}
int cuDeviceGetPCIBusId(char *name, int length, int device) {
  strncpy(name, "0000:01:00.0", length);
  return 0;
}
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 1 << 30; return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? 9 : attribute == 76 ? 0 : attribute == 16 ? 132 : -1;
  return 0;
}
int cuDevicePrimaryCtxRetain(word *context, int device) { *context = 77; return sticky; }
int cuDevicePrimaryCtxRelease_v2(int device) { return device == 10 ? 0 : 101; }
int cuCtxSetCurrent(word context) { return context == 77 ? sticky : 201; }
int cuMemGetInfo_v2(size_t *f, size_t *total) {
  *f = (size_t)free_memory;
  *total = 1 << 30;
  return sticky;
}
int cuGetErrorName(int error, const char **text) {
  *text = error == 719 ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR_OTHER";
  return 0;
}
int cuGetErrorString(int error, const char **text) { *text = "some words"; return 0; }
int cuModuleLoadData(word *module, const void *image) {
  *module = 500;
  return memcmp(image, "\177ELF", 4) ? 200 : 0;
}
int cuModuleGetFunction(word *function, word module, const char *name) {
  *function = 600;
  return module == 500 && !strncmp(name, "dpo4j_", 6) ? 0 : 500;
}
int cuModuleUnload(word module) { return module == 500 ? 0 : 400; }
/* Every kernel: writes what it was started with to the address that is its first argument. */
int cuLaunchKernel(word f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
    unsigned bz, unsigned shared, word stream, void **params, void **extra) {
  if (sticky) return sticky;
  int64_t *args = params[0];
  int64_t *out = (int64_t *)args[0];
  out[0] = gx; out[1] = gy; out[2] = gz; out[3] = bx; out[4] = by; out[5] = bz;
  out[6] = shared; out[7] = stream; out[8] = f; out[9] = args[1];
  launches++;
  return extra ? 1 : 0;
}
/* Streams are 0, which PyTorch has, and those of 800 on, one after the other. */
static int live_streams, pinned_blocks, waits;
static int64_t free_host = 1 << 30;
int fake_live_streams(void) { return live_streams; }
int fake_pinned_blocks(void) { return pinned_blocks; }
int fake_stream_waits(void) { return waits; }
void fake_free_host(int bytes) { free_host = bytes; }
static int is_stream(word stream) { return stream == 0 || (stream >= 800 && stream < 802); }
int cuStreamCreate(word *stream, int flags) {
  *stream = 800 + live_streams++ % 2;
  return flags == 1 ? sticky : 1;
}
int cuStreamDestroy_v2(word stream) { live_streams--; return is_stream(stream) ? sticky : 400; }
int cuStreamWaitEvent(word stream, word event, int flags) {
  waits++;
  return is_stream(stream) && event == 900 && !flags ? sticky : 400;
}
int cuStreamSynchronize(word stream) { return is_stream(stream) ? sticky : 400; }
int cuMemcpyAsync(void *to, const void *from, size_t n, word s) { memcpy(to, from, n); return sticky; }
int cuMemHostAlloc(void **p, size_t bytes, int flags) {
  if ((int64_t)bytes > free_host) return 2;
  pinned_blocks++;
  *p = malloc(bytes);
  return 0;
}
int cuMemFreeHost(void *p) { pinned_blocks--; free(p); return 0; }
int cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t n, word s) { memcpy(to, from, n); return sticky; }
int cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t n, word s) { memcpy(to, from, n); return sticky; }
int cuMemcpyDtoDAsync_v2(void *to, const void *from, size_t n, word s) { memcpy(to, from, n); return sticky; }
int cuMemsetD8Async(void *to, unsigned char value, size_t n, word s) { memset(to, value, n); return sticky; }
int cuEventCreate(word *event, int flags) { *event = 900; return flags == 2 ? 0 : 1; }
int cuEventRecord(word event, word stream) { return event == 900 && is_stream(stream) ? 0 : 400; }
int cuEventSynchronize(word event) { events_waited++; return event == 900 ? sticky : 400; }
static int pending;
void fake_pending_queries(int count) { pending = count; }
int cuEventQuery(word event) { return event != 900 ? 400 : pending-- > 0 ? 600 : sticky; }
int cuEventDestroy_v2(word event) { return event == 900 ? 0 : 400; }

/* ---- PyTorch ---- */
struct tensor { char *data; int64_t n, sizes[4], strides[4]; int dtype, owned; };

static int width(int dtype) { return dtype == 0 ? 1 : dtype == 5 || dtype == 15 ? 2 : 4; }

static struct tensor *make(char *data, int64_t n, const int64_t *sizes, const int64_t *strides, int dtype) {
  struct tensor *t = calloc(1, sizeof *t);
  int64_t count = 1;
  t->n = n;
  t->dtype = dtype;
  for (int i = 0; i < n; i++) { t->sizes[i] = sizes[i]; t->strides[i] = strides[i]; count *= sizes[i]; }
  t->owned = data == NULL;
  t->data = data ? data : calloc(count + 1, width(dtype));
  live_tensors++;
  return t;
}

static struct tensor *dense(int64_t n, const int64_t *sizes, int dtype) {
  int64_t strides[4], step = 1;
  for (int i = (int)n - 1; i >= 0; i--) { strides[i] = step; step *= sizes[i]; }
  return make(NULL, n, sizes, strides, dtype);
}

void aoti_torch_grad_mode_set_enabled(int enabled) {}
int aoti_torch_empty_strided(int64_t n, const int64_t *sizes, const int64_t *strides, int dtype,
    int device, int index, struct tensor **t) {
  *t = make(NULL, n, sizes, strides, dtype);
  return device == 1 && index == 0 ? 0 : 1;
}
int aoti_torch_create_tensor_from_blob(void *data, int64_t n, const int64_t *sizes,
    const int64_t *strides, int64_t offset, int dtype, int device, int index, struct tensor **t) {
  *t = make(data, n, sizes, strides, dtype);
  return offset == 0 && device == 1 && index == 0 ? 0 : 1;
}
int aoti_torch_delete_tensor_object(struct tensor *t) {
  if (t->owned) free(t->data);
  free(t);
  live_tensors--;
  return 0;
}
int aoti_torch_get_data_ptr(struct tensor *t, void **p) { *p = t->data; return 0; }
static int no_kernels;
void fake_no_kernels(int on) { no_kernels = on; }
int aoti_torch_copy_(struct tensor *to, struct tensor *from, int non_blocking) {
  if (no_kernels) return 1;
  int w = width(to->dtype);
  for (int64_t i = 0; i < to->sizes[0]; i++)
    memcpy(to->data + i * to->strides[0] * w, from->data + i * from->strides[0] * w,
        to->sizes[1] * to->sizes[2] * w);
  return 0;
}
int aoti_torch_create_cuda_guard(int index, word *guard) { *guard = 1; return index; }
int aoti_torch_get_current_cuda_stream(int index, word *stream) { *stream = 0; return index; }
int aoti_torch_cuda_caching_allocator_raw_alloc(uint64_t bytes, void **p) {
  if (sticky || (int64_t)bytes > free_memory) return 1;
  *p = malloc(bytes);
  live_blocks++;
  return 0;
}
int aoti_torch_cuda_caching_allocator_raw_delete(void *p) { free(p); live_blocks--; return 0; }
int torch_get_current_cuda_blas_handle(word *handle) { *handle = 42; return 0; }

/* at::globalContext() and its setDeterministicAlgorithms(bool, bool). */
static int deterministic;
int fake_deterministic(void) { return deterministic; }
void *_ZN2at13globalContextEv(void) { return &deterministic; }
void _ZN2at7Context26setDeterministicAlgorithmsEbb(int *context, int on, int warn_only) {
  *context = on && !warn_only;
}

/* Gives q back, 1 to 3 in front where the numbers handed over are as expected. */
int aoti_torch_cuda__flash_attention_forward(struct tensor *q, struct tensor *k, struct tensor *v,
    struct tensor **cq, struct tensor **ck, int64_t max_q, int64_t max_k, double dropout, int causal,
    int mask, double *scale, int64_t *left, int64_t *right, struct tensor **used, struct tensor **alibi,
    struct tensor **out, struct tensor **lse, struct tensor **rng, struct tensor **unused,
    struct tensor **debug) {
  if (dropout != 0 || causal != 1 || mask || right || used || alibi) return 1;
  if (max_q != ((int32_t *)(*cq)->data)[1] || max_k != ((int32_t *)(*ck)->data)[1]) return 2;
  int64_t l[2] = {q->sizes[1], q->sizes[0]}, two[1] = {2};
  *out = dense(3, q->sizes, q->dtype);
  int w = width(q->dtype);
  for (int64_t i = 0; i < q->sizes[0]; i++)
    memcpy((*out)->data + i * q->sizes[1] * q->sizes[2] * w, q->data + i * q->strides[0] * w,
        q->sizes[1] * q->sizes[2] * w);
  *lse = dense(2, l, 6);
  for (int64_t i = 0; i < l[0] * l[1]; i++)
    ((float *)(*lse)->data)[i] = (float)(i + *scale * 100 + (left ? 1000 * *left : 0));
  *rng = dense(1, two, 4);
  *unused = dense(0, two, 4);
  *debug = dense(0, two, q->dtype);
  return 0;
}
static struct tensor *filled(struct tensor *like, short value) {
  struct tensor *t = dense(3, like->sizes, like->dtype);
  for (int64_t i = 0; i < like->sizes[0] * like->sizes[1] * like->sizes[2]; i++)
    ((short *)t->data)[i] = (short)(value + i);
  return t;
}
int aoti_torch_cuda__flash_attention_backward(struct tensor *g, struct tensor *q, struct tensor *k,
    struct tensor *v, struct tensor *out, struct tensor *lse, struct tensor *cq, struct tensor *ck,
    int64_t max_q, int64_t max_k, double dropout, int causal, struct tensor *rng,
    struct tensor *unused, double *scale, int64_t *left, int64_t *right, struct tensor **dq,
    struct tensor **dk, struct tensor **dv) {
  if (dropout != 0 || causal != 1 || right || lse->n != 2 || lse->sizes[0] != q->sizes[1]) return 1;
  if (max_q != ((int32_t *)cq->data)[1] || max_k != ((int32_t *)ck->data)[1]) return 2;
  *dq = filled(q, 100);
  *dk = filled(k, 200);
  *dv = filled(v, 300);
  return 0;
}

/* ---- cuBLAS: float32 only, by columns ---- */
static float element(const float *x, int transpose, int ld, int row, int column) {
  return transpose ? x[column + (int64_t)row * ld] : x[row + (int64_t)column * ld];
}
int cublasSetMathMode(word handle, int mode) { return handle == 0 || mode != 16; }

static int last_compute;
int fake_last_compute(void) { return last_compute; }

int cublasGemmStridedBatchedEx(word handle, int ta, int tb, int m, int n, int k, const float *alpha,
    const float *a, int type_a, int lda, int64_t next_a, const float *b, int type_b, int ldb,
    int64_t next_b, const float *beta, float *c, int type_c, int ldc, int64_t next_c, int batch,
    int compute, int algorithm) {
  if (handle != 42 || (compute != 68 && compute != 77) || type_a || type_b || type_c) return 15;
  last_compute = compute;
  if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m) return 7;
  for (int i = 0; i < batch; i++, a += next_a, b += next_b, c += next_c)
    for (int row = 0; row < m; row++)
      for (int column = 0; column < n; column++) {
        float sum = 0;
        for (int j = 0; j < k; j++)
          sum += element(a, ta, lda, row, j) * element(b, tb, ldb, j, column);
        float *to = c + row + (int64_t)column * ldc;
        *to = *alpha * sum + (*beta == 0 ? 0 : *beta * *to);
      }
  return 0;
}
int cublasGemmEx(word handle, int ta, int tb, int m, int n, int k, const float *alpha,
    const float *a, int type_a, int lda, const float *b, int type_b, int ldb, const float *beta,
    float *c, int type_c, int ldc, int compute, int algorithm) {
  return cublasGemmStridedBatchedEx(handle, ta, tb, m, n, k, alpha, a, type_a, lda, 0, b, type_b,
      ldb, 0, beta, c, type_c, ldc, 0, 1, compute, algorithm);
}
