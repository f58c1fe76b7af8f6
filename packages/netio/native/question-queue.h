// Questions that wait for JavaScript: datagrams (datagram.h) one behind the other. Filled by the threads of a socket, emptied at once.
#ifndef SEAMARK_QUESTION_QUEUE_H
#define SEAMARK_QUESTION_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datagram.h"

struct question_queue {
  pthread_mutex_t mutex;
  uint8_t *octets;
  size_t capacity;
  size_t used;
};

bool queue_open(struct question_queue *queue, size_t capacity);
void queue_close(struct question_queue *queue);
// False when there is no room. `*woken` becomes true when the queue was empty, so that its reader must be told.
bool queue_put(struct question_queue *queue, const struct datagram *datagram, const uint8_t *octets, bool *woken);
// Moves everything out; `out` has room for the queue's capacity. Returns the octets.
size_t queue_take(struct question_queue *queue, uint8_t *out);

#endif
