import sshpk from 'sshpk';

// Bounded, so that a text of nothing but "BEGIN BEGIN" is read once and not once for each BEGIN.
const privateKey = /-- ?BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY|PuTTY-User-Key-File/;
const ssh2Begin = '---- BEGIN SSH2 PUBLIC KEY ----';
const ssh2End = '---- END SSH2 PUBLIC KEY ----';

/** The wire blob of a key, and the type that the text around it claims, where it claims one. */
type Armoured = { readonly blob: Uint8Array; readonly label: string | null };

/**
 * Takes the wire blob out of the text around it. The blob may still be anything: it is to be read strictly.
 * Null when the text has no such form, or holds a private key anywhere: its owner must not believe that it was the right
 * thing to send.
 */
export function decodeArmour(text: string): Armoured | null {
  if (privateKey.test(text)) return null;
  if (text.startsWith('-----BEGIN PUBLIC')) return unlabelled(decodePem(text, 'PUBLIC KEY', 'pkcs8'));
  if (text.startsWith('-----BEGIN RSA')) return unlabelled(decodePem(text, 'RSA PUBLIC KEY', 'pkcs1'));
  if (text.startsWith('----')) return unlabelled(decodeSsh2(text));
  return decodeLine(text);
}

/**
 * The blob of a key as PKCS #8 PEM, 64 columns, each line ended by LF. The blob must have been read strictly before: a
 * short one would be padded into another key.
 */
export function encodeSpki(blob: Uint8Array): string {
  return sshpk.parseKey(Buffer.from(blob), 'rfc4253').toString('pkcs8');
}

function decodeLine(text: string): Armoured | null {
  const [line = ''] = text.split(/[\r\n]/, 1);
  const [first = '', second] = line.trim().split(/[ \t]+/, 2);
  const blob = decodeBase64(second ?? first);
  return blob && { blob, label: second === undefined ? null : first };
}

// sshpk is lenient: it pads a short Ed25519 key, skips bytes after the key, takes curves spelled out and numbers below
// zero. A key is therefore accepted only when writing it gives back the very bytes that were read (DER, X.690 §10).
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

/** RFC 4716 §3: headers, which a backslash carries on to the next line, then the blob in base64. */
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

/** What stands between a begin that the text starts with and the first end; null when either is missing. */
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
