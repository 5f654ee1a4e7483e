const prime = 2n ** 255n - 19n;
// RFC 8032 §5.1: d = -121665 / 121666.
const d = modulo(-121665n * power(121666n, prime - 2n));

/**
 * Whether 32 bytes are a point of edwards25519 (RFC 8032 §5.1.3) that can be somebody's key. Half of all byte strings
 * are no point, so this also finds most slips of copying; the points of small order verify what nobody has signed.
 */
export function isEdwardsPoint(bytes: Uint8Array): boolean {
  const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  if (y >= prime) return false;
  const square = modulo(y * y);
  // x² = u / v, and u · v is a square whenever u / v is one (Euler's criterion).
  const u = modulo(square - 1n);
  const v = modulo(d * square + 1n);
  return power(u * v, (prime - 1n) / 2n) === 1n && !isOfSmallOrder(y, square);
}

/** Orders 1 and 2 are y² = 1, order 4 is y = 0, and order 8 doubles to order 4, which is d·y⁴ + 2·y² = 1. */
function isOfSmallOrder(y: bigint, square: bigint): boolean {
  return y === 0n || square === 1n || modulo(d * square * square + 2n * square) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = modulo(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = modulo(result * factor);
    factor = modulo(factor * factor);
  }
  return result;
}

function modulo(number: bigint): bigint {
  const rest = number % prime;
  return rest < 0n ? rest + prime : rest;
}
