// CRC-64 by carry-less multiplication (Gopal et al. 2009, "Fast CRC computation for generic
// polynomials using PCLMULQDQ instruction"), bits reflected.
#ifndef MINI_CHECKSUM_H
#define MINI_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

// Whether this CPU can do it.
int mini_checksum_can_fold(void);

// Folds bytes into the 16 that leave the same remainder.
//   remainder  that of what came before
//   count      a multiple of 64, at least 128
//   powers     x^575, x^511, x^191 and x^127 modulo the polynomial; bit 63 is x^0
void mini_checksum_fold(
    uint64_t remainder, const void *bytes, size_t count, const uint64_t powers[4], uint8_t folded[16]);

#endif
