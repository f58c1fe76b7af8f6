// Sockets with a thread each, which answers from an arena and queues what is for JavaScript.
#ifndef SEAMARK_UDP_SERVER_H
#define SEAMARK_UDP_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "arena.h"
#include "counters.h"
#include "question-queue.h"
#include "udp-socket.h"

enum {
  MAX_SOCKETS = 64,
  // Datagrams received and sent by one call of the system. Longer batches save little more and make the first of them wait.
  BATCH = 64,
  // Longer queries are given to JavaScript cut off. An odd number of cache lines, so that buffers do not share the same few sets of a cache.
  RECEIVE_OCTETS = 33 * 64,
  SEND_OCTETS = 21 * 64, // holds OWN_UDP_OCTETS
};

struct udp_server;

struct udp_thread {
  struct udp_server *server;
  pthread_t thread;
  struct reader *reader;
  struct counters counters;
  int fd;
  uint8_t index;
  bool running;
};

struct udp_server {
  struct arena *arena; // NULL = everything goes to JavaScript
  struct question_queue queue;
  struct udp_thread threads[MAX_SOCKETS];
  int count;
  _Atomic bool stopping;
  _Atomic uint64_t send_failed; // by udp_server_send
  void (*wake)(void *context); // called by threads when the queue is no longer empty
  void *context;
};

// Opens all sockets; the negative of an errno when one cannot be. `port` is that of all of them.
int udp_server_open(struct udp_server *server, const struct udp_options *options, int sockets, uint32_t zones, size_t queue_octets,
                    uint16_t *port);
// Starts the threads; the negative of an errno when one cannot be.
int udp_server_start(struct udp_server *server);
// Ends the threads after they have read what the sockets hold. Sockets stay open for answers of JavaScript.
void udp_server_stop(struct udp_server *server);
// Sends datagrams, one behind the other. From any thread. Returns how many octets of `datagrams` made sense.
size_t udp_server_send(struct udp_server *server, const uint8_t *datagrams, size_t length);
void udp_server_close(struct udp_server *server);

#endif
