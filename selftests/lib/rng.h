/* SPDX-License-Identifier: GPL-2.0-only */
/* PCG32: small, good, and the same numbers everywhere for the same seed. */
#ifndef SELFTESTS_RNG_H
#define SELFTESTS_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
	uint64_t inc;
};

static inline uint32_t rng_u32(struct rng *r)
{
	uint64_t old = r->state;
	uint32_t x = ((old >> 18) ^ old) >> 27;
	uint32_t rot = old >> 59;

	r->state = old * 6364136223846793005ULL + r->inc;
	return (x >> rot) | (x << (-rot & 31));
}

/* Independent streams of one seed: the frame with index @stream needs none of those before it. */
static inline void rng_init(struct rng *r, uint64_t seed, uint64_t stream)
{
	r->state = 0;
	r->inc = (stream << 1) | 1;
	rng_u32(r);
	r->state += seed;
	rng_u32(r);
}

/* 0 … n-1; n may be 0 */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return n ? (uint32_t)(((uint64_t)rng_u32(r) * n) >> 32) : 0;
}

/* lo … hi, both included */
static inline uint32_t rng_range(struct rng *r, uint32_t lo, uint32_t hi)
{
	return hi <= lo ? lo : lo + rng_below(r, hi - lo + 1);
}

/* true once in @n */
static inline bool rng_one_in(struct rng *r, uint32_t n)
{
	return rng_below(r, n) == 0;
}

#endif /* SELFTESTS_RNG_H */
