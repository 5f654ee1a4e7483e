// Nemec et al., "The Return of Coppersmith's Attack", table 1: from 1984 bits on, the fault shows modulo each prime up to 701.
const smallPrimes = Array.from({ length: 701 }, (_, index) => index + 1).filter(isPrime);
const fermatRounds = 100;

/**
 * Whether an RSA modulus of 1984 bits or more was made with the fault CVE-2017-15361 (ROCA), so that it can be factored:
 * modulo each small prime it is a power of 65537. Every such modulus is found; another one passes for it with a
 * probability below that of guessing a key.
 */
export function isRocaModulus(modulus: bigint): boolean {
  return smallPrimes.every((prime) => isPowerOf65537(Number(modulus % BigInt(prime)), prime));
}

/** Whether a modulus has a prime up to 701 as a factor, as none of a key has. */
export function hasSmallFactor(modulus: bigint): boolean {
  return smallPrimes.some((prime) => modulus % BigInt(prime) === 0n);
}

/** Whether Fermat's method factors the modulus within 100 rounds because its primes are too close (CVE-2022-26320). */
export function isFermatModulus(modulus: bigint): boolean {
  let middle = squareRoot(modulus - 1n) + 1n;
  for (let round = 0; round < fermatRounds; round += 1) {
    if (isSquare(middle * middle - modulus)) return true;
    middle += 1n;
  }
  return false;
}

function isPowerOf65537(number: number, prime: number): boolean {
  let power = 1 % prime;
  for (let exponent = 0; exponent < prime; exponent += 1) {
    if (power === number) return true;
    power = (power * 65537) % prime;
  }
  return false;
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor += 1) if (number % divisor === 0) return false;
  return number > 1;
}

function isSquare(number: bigint): boolean {
  // In base 16 a square ends in 0, 1, 4 or 9: three roots in four need not be computed.
  if (![0n, 1n, 4n, 9n].includes(number & 15n)) return false;
  return squareRoot(number) ** 2n === number;
}

/** Newton's method from above: the first step that is not smaller gives the root, rounded down. */
function squareRoot(number: bigint): bigint {
  if (number < 2n) return number;
  let root = 1n << BigInt(Math.ceil(number.toString(2).length / 2));
  while (true) {
    const next = (root + number / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
