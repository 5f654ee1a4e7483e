const pointBytes = new Map([
  ['nistp256', 65],
  ['nistp384', 97],
  ['nistp521', 133],
]);

// RFC 4251 §6: printable ASCII, at most 64 characters.
const typeName = /^[\w@.+-]{1,64}$/;

/** What a security key is used for: `ssh:`, or a text that begins with it. */
const applicationName = /^[\x20-\x7e]{1,255}$/;

/** The content of a blob, with every byte accounted for. Whether the numbers make a safe key is checked elsewhere. */
export type WireKey =
  | { readonly type: 'ssh-dss' }
  | { readonly type: 'ssh-rsa'; readonly exponent: bigint; readonly modulus: bigint }
  | { readonly type: 'ssh-ed25519' | 'sk-ssh-ed25519@openssh.com'; readonly point: Uint8Array }
  /** `ecdsa` is the blob of the same key without the security key that holds it. */
  | { readonly type: 'sk-ecdsa-sha2-nistp256@openssh.com'; readonly ecdsa: Uint8Array }
  | { readonly type: `ecdsa-sha2-${string}` }
  | { readonly type: 'unsupported'; readonly name: string };

/** The strings of a blob by its type. */
const stringCounts = new Map([
  ['ssh-rsa', 3],
  ['ssh-dss', 5],
  ['ssh-ed25519', 2],
  ['ecdsa-sha2-nistp256', 3],
  ['ecdsa-sha2-nistp384', 3],
  ['ecdsa-sha2-nistp521', 3],
  ['sk-ssh-ed25519@openssh.com', 3],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 4],
]);

/** Finds the end of the blob with which bytes begin. Null for a type that is not supported, and for a blob that is cut. */
export function findKeyEnd(bytes: Uint8Array): number | null {
  const count = stringCounts.get(readTypeName(bytes));
  if (count === undefined) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  for (let read = 0; read < count; read += 1) {
    if (bytes.length - end < 4) return null;
    end += 4 + view.getUint32(end);
    if (end > bytes.length) return null;
  }
  return end;
}

/**
 * Reads the blob of a public key (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, OpenSSH's PROTOCOL.u2f). Null for a length that is wrong, a number
 * that is negative or padded, or a byte too many: two blobs of one key would be two fingerprints. Of a type that is not
 * supported, only the name is read.
 */
export function readWireKey(blob: Uint8Array): WireKey | null {
  const type = readTypeName(blob);
  const [, ...fields] = readStrings(blob) ?? [];
  switch (type) {
    case 'ssh-dss':
      return fields.length === 4 && fields.every((field) => readNumber(field)) ? { type } : null;
    case 'ssh-rsa':
      return readRsa(fields);
    case 'ssh-ed25519':
      return readEd25519(fields);
    case 'sk-ssh-ed25519@openssh.com':
      return readSecurityKey(type, fields);
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return readEcdsaSecurityKey(fields);
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return readEcdsa(type, fields);
    default:
      return typeName.test(type) ? { type: 'unsupported', name: type } : null;
  }
}

/** The first string of the blob; empty when it does not end within the blob. */
function readTypeName(blob: Uint8Array): string {
  const bytes = Buffer.from(blob);
  const end = bytes.length < 4 ? 0 : 4 + bytes.readUInt32BE(0);
  return end > bytes.length ? '' : bytes.toString('latin1', 4, end);
}

function readRsa(fields: readonly Uint8Array[]): WireKey | null {
  const [exponent, modulus] = fields.map((field) => readNumber(field));
  return fields.length === 2 && exponent && modulus ? { type: 'ssh-rsa', exponent, modulus } : null;
}

function readEd25519(fields: readonly Uint8Array[]): WireKey | null {
  const [point] = fields;
  return fields.length === 1 && point?.length === 32 ? { type: 'ssh-ed25519', point } : null;
}

function readSecurityKey(type: 'sk-ssh-ed25519@openssh.com', fields: readonly Uint8Array[]): WireKey | null {
  const [point, application] = fields;
  const isComplete = fields.length === 2 && point?.length === 32 && application !== undefined;
  return isComplete && applicationName.test(toText(application)) ? { type, point } : null;
}

function readEcdsaSecurityKey([curve, point, application, ...rest]: readonly Uint8Array[]): WireKey | null {
  if (!curve || !point || !application || rest.length > 0 || !applicationName.test(toText(application))) return null;
  if (!readEcdsa('ecdsa-sha2-nistp256', [curve, point])) return null;
  const ecdsa = Buffer.concat([Buffer.from('ecdsa-sha2-nistp256'), curve, point].flatMap((text) => [lengthOf(text), text]));
  return { type: 'sk-ecdsa-sha2-nistp256@openssh.com', ecdsa };
}

function lengthOf(text: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(text.length);
  return bytes;
}

function readEcdsa(type: string, fields: readonly Uint8Array[]): WireKey | null {
  const [name, point] = fields;
  if (fields.length !== 2 || !name || !point) return null;
  const curve = toText(name);
  // SEC 1 §2.3.3: 4 marks an uncompressed point, the only form that OpenSSH accepts.
  if (type !== `ecdsa-sha2-${curve}` || point.length !== pointBytes.get(curve) || point[0] !== 4) return null;
  return { type: `ecdsa-sha2-${curve}` };
}

/** The strings of RFC 4251 §5 that make up the blob; null when the last does not end where the blob does. */
function readStrings(blob: Uint8Array): Uint8Array[] | null {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const strings: Uint8Array[] = [];
  let start = 0;
  while (start < blob.length) {
    if (blob.length - start < 4) return null;
    const end = start + 4 + view.getUint32(start);
    if (end > blob.length) return null;
    strings.push(blob.subarray(start + 4, end));
    start = end;
  }
  return strings;
}

/** RFC 4251 §5: an mpint above zero, in the fewest bytes possible. */
function readNumber(field: Uint8Array): bigint | null {
  const [first = 0x80, second = 0] = field;
  const isNegative = first >= 0x80;
  const isPadded = first === 0 && second < 0x80;
  return isNegative || isPadded ? null : BigInt(`0x${Buffer.from(field).toString('hex')}`);
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
