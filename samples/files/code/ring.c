/* Ring buffer for sensor samples. Capacity is constant: once it is full, each push
 * drops the sample that has been waiting longest. No allocation, one producer, one consumer. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPACITY 64 /* a power of two, so that the index wraps with a mask */

struct ring {
    uint16_t samples[CAPACITY];
    size_t head; /* next to write */
    size_t tail; /* next to read */
};

void ring_push(struct ring *ring, uint16_t sample)
{
    ring->samples[ring->head++ & (CAPACITY - 1)] = sample;
    if (ring->head - ring->tail > CAPACITY)
        ring->tail = ring->head - CAPACITY;
}

bool ring_pop(struct ring *ring, uint16_t *sample)
{
    if (ring->tail == ring->head)
        return false;
    *sample = ring->samples[ring->tail++ & (CAPACITY - 1)];
    return true;
}
