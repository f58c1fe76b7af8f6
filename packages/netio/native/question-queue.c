#include "question-queue.h"

#include <stdlib.h>
#include <string.h>

bool queue_open(struct question_queue *queue, size_t capacity) {
  queue->octets = malloc(capacity);
  queue->capacity = capacity;
  queue->used = 0;
  return queue->octets != NULL && pthread_mutex_init(&queue->mutex, NULL) == 0;
}

void queue_close(struct question_queue *queue) {
  if (queue->octets == NULL) return;
  pthread_mutex_destroy(&queue->mutex);
  free(queue->octets);
  queue->octets = NULL;
}

bool queue_put(struct question_queue *queue, const struct datagram *datagram, const uint8_t *octets, bool *woken) {
  const size_t needed = sizeof *datagram + datagram->length;
  pthread_mutex_lock(&queue->mutex);
  const bool fits = needed <= queue->capacity - queue->used;
  if (fits) {
    if (queue->used == 0) *woken = true;
    memcpy(queue->octets + queue->used, datagram, sizeof *datagram);
    memcpy(queue->octets + queue->used + sizeof *datagram, octets, datagram->length);
    queue->used += needed;
  }
  pthread_mutex_unlock(&queue->mutex);
  return fits;
}

size_t queue_take(struct question_queue *queue, uint8_t *out) {
  pthread_mutex_lock(&queue->mutex);
  const size_t taken = queue->used;
  memcpy(out, queue->octets, taken);
  queue->used = 0;
  pthread_mutex_unlock(&queue->mutex);
  return taken;
}
