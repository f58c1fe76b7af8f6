#include "udp-server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Buffers of one thread, made once.
struct batch {
  struct mmsghdr received[BATCH];
  struct mmsghdr answers[BATCH];
  struct iovec received_octets[BATCH];
  struct iovec answer_octets[BATCH];
  union address peers[BATCH];
  _Alignas(64) uint8_t control[BATCH][CONTROL_OCTETS];
  _Alignas(64) uint8_t in[BATCH][RECEIVE_OCTETS];
  _Alignas(64) uint8_t out[BATCH][SEND_OCTETS];
  uint32_t counted_as[BATCH]; // of the answers
};

static uint64_t nanoseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void prepare(struct batch *batch, int count) {
  for (int at = 0; at < count; at++) {
    struct msghdr *message = &batch->received[at].msg_hdr;
    message->msg_name = &batch->peers[at];
    message->msg_namelen = sizeof batch->peers[at];
    message->msg_control = batch->control[at];
    message->msg_controllen = CONTROL_OCTETS;
    message->msg_flags = 0;
  }
}

static struct batch *batch_open(void) {
  struct batch *batch = NULL;
  if (posix_memalign((void **)&batch, 64, sizeof *batch) != 0) return NULL;
  memset(batch, 0, sizeof *batch);
  for (int at = 0; at < BATCH; at++) {
    batch->received_octets[at] = (struct iovec){batch->in[at], RECEIVE_OCTETS};
    batch->received[at].msg_hdr.msg_iov = &batch->received_octets[at];
    batch->received[at].msg_hdr.msg_iovlen = 1;
  }
  prepare(batch, BATCH);
  return batch;
}

// Sends all of them; what the system does not take within ten milliseconds is given up, since its client asks again.
static size_t send_all(int fd, struct mmsghdr *messages, int count) {
  size_t failed = 0;
  bool waited = false;
  for (int at = 0; at < count;) {
    const int sent = sendmmsg(fd, messages + at, (unsigned)(count - at), MSG_DONTWAIT);
    if (sent > 0) {
      at += sent;
      waited = false;
    } else if (errno == EINTR) {
      continue;
    } else if ((errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) && !waited) {
      struct pollfd writable = {fd, POLLOUT, 0};
      poll(&writable, 1, 10);
      waited = true;
    } else {
      // Concerns this answer only: no route, a forged source.
      failed++;
      at++;
      waited = false;
    }
  }
  return failed;
}

static void queue_question(struct udp_thread *thread, const struct mmsghdr *received, bool *woken) {
  struct counters *counters = &thread->counters;
  struct datagram datagram;
  if (!datagram_describe(&datagram, &received->msg_hdr, received->msg_len)) {
    counters->drops[DROP_PORT_ZERO]++;
    return;
  }
  datagram.socket = thread->index;
  if (queue_put(&thread->server->queue, &datagram, received->msg_hdr.msg_iov->iov_base, woken)) counters->general[COUNT_ASKED]++;
  else counters->drops[DROP_OVERLOADED]++;
}

static bool source_port_is_zero(const struct msghdr *message) {
  const union address *peer = message->msg_name;
  return (peer->any.sa_family == AF_INET ? peer->v4.sin_port : peer->v6.sin6_port) == 0;
}

// Answers what can be and queues the rest. Returns the number of answers, which are in batch->answers.
static int answer_batch(struct udp_thread *thread, struct batch *batch, int count, uint64_t *random) {
  struct udp_server *server = thread->server;
  struct counters *counters = &thread->counters;
  bool woken = false;
  int answers = 0;
  struct client client = {.now = (uint32_t)time(NULL)};
  const struct side *side = server->arena == NULL ? NULL : arena_enter(server->arena, thread->reader);
  for (int at = 0; at < count; at++) {
    struct mmsghdr *received = &batch->received[at];
    const uint8_t *query = batch->in[at];
    // Waiting that `stop` ended gives an empty message from nobody.
    if (received->msg_hdr.msg_namelen == 0) continue;
    counters->general[COUNT_RECEIVED]++;
    counters->general[COUNT_RECEIVED_OCTETS] += received->msg_len;
    struct answer answer = {.verdict = VERDICT_ASK};
    if (side != NULL && (received->msg_hdr.msg_flags & MSG_TRUNC) == 0) {
      const union address *peer = &batch->peers[at];
      const bool v4 = peer->any.sa_family == AF_INET;
      client.address = v4 ? (const uint8_t *)&peer->v4.sin_addr : (const uint8_t *)&peer->v6.sin6_addr;
      client.address_octets = v4 ? 4 : 16;
      answer_query(&answer, server->arena, side, &client, query, received->msg_len, batch->out[answers], false, random);
    }
    if (answer.verdict == VERDICT_ASK) {
      queue_question(thread, received, &woken);
    } else if (answer.verdict == VERDICT_DROP) {
      counters->drops[answer.kind == QUERY_TOO_SHORT ? DROP_TOO_SHORT : DROP_IS_RESPONSE]++;
    } else if (source_port_is_zero(&received->msg_hdr)) {
      counters->drops[DROP_PORT_ZERO]++;
    } else {
      counters_answer(counters, &answer, received->msg_len);
      batch->counted_as[answers] = answer.counted_as;
      message_turn_around(&received->msg_hdr);
      struct msghdr *message = &batch->answers[answers].msg_hdr;
      batch->answer_octets[answers] = (struct iovec){batch->out[answers], answer.length};
      message->msg_name = received->msg_hdr.msg_name;
      message->msg_namelen = received->msg_hdr.msg_namelen;
      message->msg_control = received->msg_hdr.msg_control;
      message->msg_controllen = received->msg_hdr.msg_controllen;
      message->msg_iov = &batch->answer_octets[answers];
      message->msg_iovlen = 1;
      message->msg_flags = 0;
      answers++;
    }
  }
  if (side != NULL) arena_leave(thread->reader);
  if (woken) server->wake(server->context);
  return answers;
}

static void *run(void *argument) {
  struct udp_thread *thread = argument;
  struct udp_server *server = thread->server;
  struct counters *counters = &thread->counters;
  struct batch *batch = batch_open();
  uint64_t random = (uint64_t)(uintptr_t)batch ^ nanoseconds_now();
  random |= 1;
  while (batch != NULL) {
    // Waits for the first datagram and takes what else is there. After `stop` it does not wait, so the socket is read empty.
    const int flags = atomic_load(&server->stopping) ? MSG_DONTWAIT : MSG_WAITFORONE;
    const int count = recvmmsg(thread->fd, batch->received, BATCH, flags, NULL);
    if (count <= 0) {
      if (count < 0 && errno == EINTR) continue;
      if (atomic_load(&server->stopping)) break;
      // ENOMEM and the like pass.
      nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
      continue;
    }
    const uint64_t started = nanoseconds_now();
    counters->general[COUNT_BATCHES]++;
    const int answers = answer_batch(thread, batch, count, &random);
    counters->drops[DROP_SEND_FAILED] += send_all(thread->fd, batch->answers, answers);
    const uint64_t took = nanoseconds_now() - started;
    for (int at = 0; at < answers; at++) counters_duration(counters, batch->counted_as[at], took);
    prepare(batch, count);
  }
  free(batch);
  return NULL;
}

static int open_sockets(struct udp_server *server, const struct udp_options *given, int sockets) {
  struct udp_options options = *given;
  if (sockets > 1 && !options.reuse_port) {
    // SO_REUSEPORT would share the port with whoever else has it: a socket without it finds that out first.
    const int probe = udp_socket_open(&options);
    if (probe < 0) return probe;
    if (options.port == 0) options.port = udp_socket_port(probe);
    close(probe);
    options.reuse_port = true;
  }
  for (int at = 0; at < sockets; at++) {
    const int fd = udp_socket_open(&options);
    if (fd < 0) return fd;
    server->threads[at].fd = fd;
    server->count = at + 1;
    if (options.port == 0) options.port = udp_socket_port(fd);
  }
  return options.port;
}

int udp_server_open(struct udp_server *server, const struct udp_options *options, int sockets, uint32_t zones, size_t queue_octets,
                    uint16_t *port) {
  server->count = 0;
  const int opened = open_sockets(server, options, sockets);
  int error = opened < 0 ? -opened : 0;
  if (error == 0 && !queue_open(&server->queue, queue_octets)) error = ENOMEM;
  for (int at = 0; at < server->count && error == 0; at++) {
    struct udp_thread *thread = &server->threads[at];
    thread->server = server;
    thread->index = (uint8_t)at;
    if (!counters_open(&thread->counters, zones)) error = ENOMEM;
    if (server->arena != NULL && (thread->reader = arena_reader(server->arena)) == NULL) error = EMFILE;
  }
  if (error != 0) {
    udp_server_close(server);
    return -error;
  }
  *port = (uint16_t)opened;
  return 0;
}

int udp_server_start(struct udp_server *server) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  // Answering takes a few hundred octets, shuffling the longest record 64 KiB.
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  // Signals are for Node's main thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = 0;
  for (int at = 0; at < server->count && error == 0; at++) {
    struct udp_thread *thread = &server->threads[at];
    error = pthread_create(&thread->thread, &attributes, run, thread);
    thread->running = error == 0;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (error != 0) udp_server_stop(server);
  return -error;
}

void udp_server_stop(struct udp_server *server) {
  atomic_store(&server->stopping, true);
  for (int at = 0; at < server->count; at++) {
    struct udp_thread *thread = &server->threads[at];
    if (!thread->running) continue;
    // Wakes the thread: says ENOTCONN, but ends the waiting, and lets what is queued be read.
    shutdown(thread->fd, SHUT_RD);
    pthread_join(thread->thread, NULL);
    thread->running = false;
  }
}

size_t udp_server_send(struct udp_server *server, const uint8_t *datagrams, size_t length) {
  struct mmsghdr messages[BATCH];
  struct iovec octets[BATCH];
  union address addresses[BATCH];
  _Alignas(8) uint8_t control[BATCH][CONTROL_OCTETS];
  size_t at = 0;
  int count = 0;
  uint8_t socket = 0;
  while (at + sizeof(struct datagram) <= length) {
    struct datagram datagram;
    memcpy(&datagram, datagrams + at, sizeof datagram);
    if (datagram.length > length - at - sizeof datagram || datagram.socket >= server->count) break;
    if (count == BATCH || (count > 0 && datagram.socket != socket)) {
      atomic_fetch_add(&server->send_failed, send_all(server->threads[socket].fd, messages, count));
      count = 0;
    }
    socket = datagram.socket;
    struct msghdr *message = &messages[count].msg_hdr;
    memset(message, 0, sizeof *message);
    if (!datagram_address(&datagram, message, &addresses[count], control[count])) break;
    octets[count] = (struct iovec){(uint8_t *)datagrams + at + sizeof datagram, datagram.length};
    message->msg_iov = &octets[count];
    message->msg_iovlen = 1;
    count++;
    at += sizeof datagram + datagram.length;
  }
  if (count > 0) atomic_fetch_add(&server->send_failed, send_all(server->threads[socket].fd, messages, count));
  return at;
}

void udp_server_close(struct udp_server *server) {
  udp_server_stop(server);
  for (int at = 0; at < server->count; at++) {
    struct udp_thread *thread = &server->threads[at];
    close(thread->fd);
    if (thread->reader != NULL) arena_reader_release(thread->reader);
    counters_close(&thread->counters);
  }
  server->count = 0;
  queue_close(&server->queue);
}
