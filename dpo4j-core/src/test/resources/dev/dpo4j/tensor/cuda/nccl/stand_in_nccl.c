/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays NCCL between processes of one machine whose cards are emulated, so that device memory is
 * that of the process. What is asked for is done by a thread, later than the call returns, as a card
 * does it. Numbers travel through shared memory, in rounds in which every process shows a chunk.
 *
 * A stream is two counters: what was put into it, and what is done of it.
 *
 * STAND_IN_NCCL_FAILS="ncclAllReduce 2" lets that function return that code, and
 * STAND_IN_NCCL_LATER=6 tells that error where the communicator is asked, and does nothing more.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SUCCESS = 0, SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, INVALID_USAGE = 5 };
enum { INT8, UINT8, INT32, INT64 = 4, FLOAT16 = 6, FLOAT32, FLOAT64, BFLOAT16 };
enum { MOST_RANKS = 8, CHUNK = 1 << 16 };

typedef struct { char internal[128]; } ncclUniqueId;

struct stream { atomic_long queued, done; };

struct mail { atomic_long sent, taken; char data[CHUNK]; };

struct shared {
  atomic_int come;
  atomic_long written[MOST_RANKS], seen[MOST_RANKS];
  char chunk[MOST_RANKS][CHUNK];
  struct mail mail[MOST_RANKS][MOST_RANKS];
};

enum kind { ALL_REDUCE, REDUCE, REDUCE_SCATTER, ALL_GATHER, BROADCAST, SEND, RECEIVE };

struct op {
  enum kind kind;
  const char *from;
  char *to;
  long count;
  int type, peer;
  struct stream *stream;
  struct op *next;
};

struct comm {
  struct shared *shared;
  int rank, size;
  long round;
  atomic_int aborted, closing;
  pthread_t worker;
  pthread_mutex_t lock;
  pthread_cond_t more;
  struct op *first, *last;
};

/* Between ncclGroupStart and ncclGroupEnd nothing is begun. */
static __thread int grouped;
static __thread struct op *group_first, *group_last;
static __thread struct comm *group_comm;

static int fails(const char *function) {
  const char *given = getenv("STAND_IN_NCCL_FAILS");
  size_t length = strlen(function);
  return given && !strncmp(given, function, length) && given[length] == ' ' ? atoi(given + length) : SUCCESS;
}

static long width(int type) {
  return type <= UINT8 ? 1 : type == INT32 || type == FLOAT32 ? 4 : type == FLOAT16 || type == BFLOAT16 ? 2 : 8;
}

/* Waits until the counter is there; 0 if the communicator is aborted meanwhile. */
static int reached(struct comm *c, atomic_long *counter, long wanted) {
  while (atomic_load(counter) < wanted) {
    if (atomic_load(&c->aborted)) return 0;
    usleep(20);
  }
  return 1;
}

/* Shows all others a chunk, and returns when they have shown theirs. */
static int show(struct comm *c, const char *from, long bytes) {
  for (int i = 0; i < c->size; i++)
    if (!reached(c, &c->shared->seen[i], c->round)) return 0;
  memcpy(c->shared->chunk[c->rank], from, bytes);
  atomic_store(&c->shared->written[c->rank], ++c->round);
  for (int i = 0; i < c->size; i++)
    if (!reached(c, &c->shared->written[i], c->round)) return 0;
  return 1;
}

static void seen(struct comm *c) { atomic_store(&c->shared->seen[c->rank], c->round); }

static float widen(uint16_t x) {
  uint32_t bits = (uint32_t)x << 16;
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

static uint16_t narrow(float f) {
  uint32_t bits;
  memcpy(&bits, &f, 4);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* Adds what all have shown, in the order of the ranks. */
static void sum(struct comm *c, char *to, long count, int type) {
  for (long i = 0; i < count; i++) {
    double wide = 0;
    float plain = 0;
    int64_t whole = 0;
    for (int r = 0; r < c->size; r++) {
      char *x = c->shared->chunk[r] + i * width(type);
      if (type == FLOAT64) wide += *(double *)x;
      else if (type == FLOAT32) plain += *(float *)x;
      else if (type == BFLOAT16) plain += widen(*(uint16_t *)x);
      else if (type == INT64) whole += *(int64_t *)x;
      else whole += *(int32_t *)x;
    }
    char *out = to + i * width(type);
    if (type == FLOAT64) *(double *)out = wide;
    else if (type == FLOAT32) *(float *)out = plain;
    else if (type == BFLOAT16) *(uint16_t *)out = narrow(plain);
    else if (type == INT64) *(int64_t *)out = whole;
    else *(int32_t *)out = (int32_t)whole;
  }
}

/* root < 0: all get the sums. */
static int reduce(struct comm *c, const char *from, char *to, long count, int type, int root) {
  long most = CHUNK / width(type);
  for (long at = 0; at < count; at += most) {
    long n = count - at < most ? count - at : most, offset = at * width(type);
    if (!show(c, from + offset, n * width(type))) return 0;
    if (root < 0 || root == c->rank) sum(c, to + offset, n, type);
    seen(c);
  }
  return 1;
}

static int broadcast(struct comm *c, const char *from, char *to, long bytes, int root) {
  for (long at = 0; at < bytes; at += CHUNK) {
    long n = bytes - at < CHUNK ? bytes - at : CHUNK;
    if (!show(c, from + at, c->rank == root ? n : 0)) return 0;
    memmove(to + at, c->rank == root ? from + at : c->shared->chunk[root], n);
    seen(c);
  }
  return 1;
}

static int post(struct comm *c, const char *from, char *to, long bytes, int sender, int receiver) {
  struct mail *mail = &c->shared->mail[sender][receiver];
  for (long at = 0; at < bytes; at += CHUNK) {
    long n = bytes - at < CHUNK ? bytes - at : CHUNK;
    if (sender == c->rank) {
      if (!reached(c, &mail->taken, atomic_load(&mail->sent))) return 0;
      memcpy(mail->data, from + at, n);
      atomic_fetch_add(&mail->sent, 1);
    } else {
      if (!reached(c, &mail->sent, atomic_load(&mail->taken) + 1)) return 0;
      memcpy(to + at, mail->data, n);
      atomic_fetch_add(&mail->taken, 1);
    }
  }
  return 1;
}

static int perform(struct comm *c, struct op *o) {
  long bytes = o->count * width(o->type);
  switch (o->kind) {
    case ALL_REDUCE: return reduce(c, o->from, o->to, o->count, o->type, -1);
    case REDUCE: return reduce(c, o->from, o->to, o->count, o->type, o->peer);
    case REDUCE_SCATTER:
      for (int r = 0; r < c->size; r++)
        if (!reduce(c, o->from + r * bytes, o->to, o->count, o->type, r)) return 0;
      return 1;
    case ALL_GATHER:
      for (int r = 0; r < c->size; r++)
        if (!broadcast(c, o->from, o->to + r * bytes, bytes, r)) return 0;
      return 1;
    case BROADCAST: return broadcast(c, o->from, o->to, bytes, o->peer);
    case SEND: return post(c, o->from, NULL, bytes, c->rank, o->peer);
    default: return post(c, NULL, o->to, bytes, o->peer, c->rank);
  }
}

static void *work(void *communicator) {
  struct comm *c = communicator;
  for (;;) {
    pthread_mutex_lock(&c->lock);
    while (!c->first && !atomic_load(&c->closing)) pthread_cond_wait(&c->more, &c->lock);
    struct op *o = c->first;
    pthread_mutex_unlock(&c->lock);
    if (!o) return NULL;
    usleep(200); /* A card begins later, too. */
    if (getenv("STAND_IN_NCCL_LATER")) {
      while (!atomic_load(&c->aborted)) usleep(1000);
    }
    int done = !atomic_load(&c->aborted) && perform(c, o);
    if (!done) return NULL;
    atomic_fetch_add(&o->stream->done, 1);
    pthread_mutex_lock(&c->lock);
    c->first = o->next;
    if (!c->first) c->last = NULL;
    pthread_mutex_unlock(&c->lock);
    free(o);
  }
}

static int begin(const char *function, struct comm *c, struct op o) {
  int code = fails(function);
  if (code) return code;
  if (!grouped || (group_comm && group_comm != c) || o.peer < -1 || o.peer >= c->size) return INVALID_USAGE;
  struct op *added = malloc(sizeof o);
  *added = o;
  group_comm = c;
  if (group_last) group_last->next = added;
  else group_first = added;
  group_last = added;
  return SUCCESS;
}

int ncclGroupStart(void) {
  grouped++;
  return fails("ncclGroupStart");
}

int ncclGroupEnd(void) {
  if (!grouped) return INVALID_USAGE;
  if (--grouped || !group_first) return SUCCESS;
  struct comm *c = group_comm;
  for (struct op *o = group_first; o; o = o->next) atomic_fetch_add(&o->stream->queued, 1);
  pthread_mutex_lock(&c->lock);
  if (c->last) c->last->next = group_first;
  else c->first = group_first;
  c->last = group_last;
  pthread_cond_signal(&c->more);
  pthread_mutex_unlock(&c->lock);
  group_first = group_last = NULL;
  group_comm = NULL;
  return SUCCESS;
}

int ncclAllReduce(const void *from, void *to, size_t count, int type, int op, struct comm *c, struct stream *s) {
  if (op || type == FLOAT16 || type <= UINT8) return INVALID_ARGUMENT;
  return begin("ncclAllReduce", c, (struct op){ALL_REDUCE, from, to, count, type, -1, s, NULL});
}

int ncclReduce(const void *from, void *to, size_t count, int type, int op, int root, struct comm *c, struct stream *s) {
  return op ? INVALID_ARGUMENT : begin("ncclReduce", c, (struct op){REDUCE, from, to, count, type, root, s, NULL});
}

#ifndef WITHOUT_REDUCE_SCATTER
int ncclReduceScatter(const void *from, void *to, size_t count, int type, int op, struct comm *c, struct stream *s) {
  return op ? INVALID_ARGUMENT
            : begin("ncclReduceScatter", c, (struct op){REDUCE_SCATTER, from, to, count, type, -1, s, NULL});
}
#endif

int ncclAllGather(const void *from, void *to, size_t count, int type, struct comm *c, struct stream *s) {
  return begin("ncclAllGather", c, (struct op){ALL_GATHER, from, to, count, type, -1, s, NULL});
}

int ncclBroadcast(const void *from, void *to, size_t count, int type, int root, struct comm *c, struct stream *s) {
  return begin("ncclBroadcast", c, (struct op){BROADCAST, from, to, count, type, root, s, NULL});
}

int ncclSend(const void *from, size_t count, int type, int peer, struct comm *c, struct stream *s) {
  return begin("ncclSend", c, (struct op){SEND, from, NULL, count, type, peer, s, NULL});
}

int ncclRecv(void *to, size_t count, int type, int peer, struct comm *c, struct stream *s) {
  return begin("ncclRecv", c, (struct op){RECEIVE, NULL, to, count, type, peer, s, NULL});
}

int ncclGetVersion(int *version) {
  *version = 22903;
  return SUCCESS;
}

int ncclGetUniqueId(ncclUniqueId *id) {
  static atomic_int made;
  memset(id, 0, sizeof *id);
  snprintf(id->internal, sizeof id->internal, "/dpo4j-stand-in-%d-%d", (int)getpid(), atomic_fetch_add(&made, 1));
  /* The last byte shows whether all of it comes over. */
  id->internal[127] = 42;
  int file = shm_open(id->internal, O_CREAT | O_EXCL | O_RDWR, 0600);
  if (file < 0 || ftruncate(file, sizeof(struct shared))) return SYSTEM_ERROR;
  close(file);
  return fails("ncclGetUniqueId");
}

int ncclCommInitRank(struct comm **result, int size, ncclUniqueId id, int rank) {
  int code = fails("ncclCommInitRank");
  if (code) {
    shm_unlink(id.internal);
    return code;
  }
  if (size > MOST_RANKS || rank >= size || id.internal[127] != 42) return INVALID_ARGUMENT;
  int file = shm_open(id.internal, O_RDWR, 0600);
  if (file < 0) return SYSTEM_ERROR;
  struct comm *c = calloc(1, sizeof *c);
  c->shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (c->shared == MAP_FAILED) return SYSTEM_ERROR;
  c->rank = rank;
  c->size = size;
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->more, NULL);
  atomic_fetch_add(&c->shared->come, 1);
  while (atomic_load(&c->shared->come) < size) usleep(100);
  if (!rank) shm_unlink(id.internal);
  pthread_create(&c->worker, NULL, work, c);
  *result = c;
  return SUCCESS;
}

int ncclCommGetAsyncError(struct comm *c, int *error) {
  const char *later = getenv("STAND_IN_NCCL_LATER");
  *error = later ? atoi(later) : SUCCESS;
  return SUCCESS;
}

static int end(struct comm *c) {
  pthread_mutex_lock(&c->lock);
  atomic_store(&c->closing, 1);
  pthread_cond_signal(&c->more);
  pthread_mutex_unlock(&c->lock);
  pthread_join(c->worker, NULL);
  munmap(c->shared, sizeof(struct shared));
  free(c);
  return SUCCESS;
}

int ncclCommAbort(struct comm *c) {
  atomic_store(&c->aborted, 1);
  return end(c);
}

int ncclCommDestroy(struct comm *c) { return end(c); }

const char *ncclGetErrorString(int code) {
  switch (code) {
    case SUCCESS: return "no error";
    case SYSTEM_ERROR: return "unhandled system error";
    case INVALID_ARGUMENT: return "invalid argument";
    case INVALID_USAGE: return "invalid usage";
    case 6: return "remote process exited or there was a network error";
    default: return "unknown result code";
  }
}

const char *ncclGetLastError(struct comm *c) { return "words of the stand-in\n"; }
