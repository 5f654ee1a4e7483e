import sshpk from 'sshpk';

// The last form is the base64 of "openssh-key-v1", whose first line was left out. Each repetition is bounded, so that a long text of many beginnings is read once and not once for each of them.
const privateKey = /-- ?BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY|PuTTY-User-Key-File|^b3BlbnNzaC1rZXktdjE/;
const certificate = /^-----BEGIN [A-Z0-9 ]{0,20}CERTIFICATE-----/;
const optionsBeforeKey = /^(?!(?:ssh|ecdsa|sk)-).*[ \t](?:ssh|ecdsa|sk)-[\w@.-]{1,64}[ \t]{1,64}AAAA/;
const ssh2Begin = '---- BEGIN SSH2 PUBLIC KEY ----';
const ssh2End = '---- END SSH2 PUBLIC KEY ----';

/** The wire blob of a key, and the type that the text around it claims, where it claims one. */
type Armoured = { readonly blob: Uint8Array; readonly label: string | null };

/** Why a text holds no blob: the rule that it breaks. */
type ArmourFault = { readonly rule: 'private_key' | 'certificate' | 'key_options' | 'public_key' };

/**
 * Takes the wire blob out of the text around it. The blob may still be anything: `readWireKey` checks it. A text with a
 * private key anywhere in it is refused, even after a public key, so that its owner learns that the key was sent.
 */
export function decodeArmour(text: string): Armoured | ArmourFault {
  if (privateKey.test(text)) return { rule: 'private_key' };
  if (certificate.test(text)) return { rule: 'certificate' };
  if (optionsBeforeKey.test(text)) return { rule: 'key_options' };
  return decodeForm(text) ?? { rule: 'public_key' };
}

/**
 * The blob of a key as PKCS #8 PEM, 64 columns, each line ended by LF. `readWireKey` must have checked the
 * blob: a short one would be padded into another key.
 */
export function encodeSpki(blob: Uint8Array): string {
  return sshpk.parseKey(Buffer.from(blob), 'rfc4253').toString('pkcs8');
}

function decodeForm(text: string): Armoured | null {
  if (text.startsWith('-----BEGIN PUBLIC')) return unlabelled(decodePem(text, 'PUBLIC KEY', 'pkcs8'));
  if (text.startsWith('-----BEGIN RSA')) return unlabelled(decodePem(text, 'RSA PUBLIC KEY', 'pkcs1'));
  if (text.startsWith('----')) return unlabelled(decodeSsh2(text));
  return decodeLine(text);
}

function decodeLine(text: string): Armoured | null {
  const [line = ''] = text.split(/[\r\n]/, 1);
  const [first = '', second] = line.trim().split(/[ \t]+/, 2);
  const blob = decodeBase64(second ?? first);
  return blob && { blob, label: second === undefined ? null : first };
}

// sshpk is lenient: it pads a short Ed25519 key, skips bytes after the key, and accepts explicit curve parameters and
// negative numbers. A key is therefore accepted only when writing it gives the same bytes again (DER, X.690 §10).
function decodePem(text: string, label: string, format: 'pkcs8' | 'pkcs1'): Uint8Array | null {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const body = withoutSpace(cutBetween(text, begin, end) ?? '');
  if (!decodeBase64(body)) return null;
  try {
    const key = sshpk.parseKey(`${begin}\n${body}\n${end}\n`, format);
    const isExact = withoutSpace(key.toString(format)) === withoutSpace(`${begin}${body}${end}`);
    return isExact ? key.toBuffer('rfc4253') : null;
  } catch {
    return null;
  }
}

/** RFC 4716 §3: headers, which a backslash continues on the next line, then the blob in base64. */
function decodeSsh2(text: string): Uint8Array | null {
  const lines = (cutBetween(text, ssh2Begin, ssh2End) ?? '').split(/\r\n|[\r\n]/);
  let isContinued = false;
  const body = lines.filter((line) => {
    const isHeader = isContinued || line.includes(':');
    isContinued = isHeader && line.trimEnd().endsWith('\\');
    return !isHeader;
  });
  return decodeBase64(withoutSpace(body.join('')));
}

/** The text between a beginning, which it must start with, and the first end; null when either is missing. */
function cutBetween(text: string, begin: string, end: string): string | null {
  const at = text.indexOf(end);
  return text.startsWith(begin) && at >= begin.length ? text.slice(begin.length, at) : null;
}

/** RFC 4648 §3.5: base64 that is padded and has no stray bits or characters; null otherwise, and for no bytes. */
function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null;
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}

function unlabelled(blob: Uint8Array | null): Armoured | null {
  return blob && { blob, label: null };
}
