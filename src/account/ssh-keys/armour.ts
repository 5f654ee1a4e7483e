import sshpk from 'sshpk';
import { decodeBase64, type TextFault, withoutSpace } from './base64.ts';
import { type Armoured, decodeLines } from './line.ts';
import { readWireKey } from './wire.ts';

// Each repetition is bounded, so that a long text of many beginnings is read once and not once for each of them.
const privateKey = /-- ?BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY|PuTTY-User-Key-File|"d" {0,20}: {0,20}"[\w-]{20}/i;
/** The base64 of "openssh-key-v1", where the lines around a private key were left out. */
const privateBlob = 'b3BlbnNzaC1rZXktdjE';
const certificate = /-----BEGIN [A-Z0-9 ]{0,20}CERTIFICATE(?: REQUEST)?-----/;

/** The base64 of a length and `ssh-`, `sk-s`, `sk-e` or `ecdsa-`, with which blobs begin. */
const blobBegin = /AAAA[A-P][A-Za-z0-9+/](?:NzaC1|NrLX|NrLW|VjZHNhL)/g;

/** The forms with a first and a last line, around which there may be any text. */
const forms = [
  { begin: '-----BEGIN PUBLIC KEY-----', end: '-----END PUBLIC KEY-----', decode: (body: string) => decodePem(body, 'pkcs8') },
  { begin: '-----BEGIN RSA PUBLIC KEY-----', end: '-----END RSA PUBLIC KEY-----', decode: (body: string) => decodePem(body, 'pkcs1') },
  { begin: '---- BEGIN SSH2 PUBLIC KEY ----', end: '---- END SSH2 PUBLIC KEY ----', decode: decodeSsh2 },
] as const;
type Block = { readonly body: string; decode(body: string): Uint8Array | null };

/**
 * Takes the wire blob out of the text around it. The blob may still be anything: `readWireKey` checks it. A text with a
 * private key anywhere in it is refused, even after a public key, so that its owner learns that the key was sent; one with
 * several keys too, since all but one would be dropped.
 */
export function decodeArmour(text: string): Armoured | TextFault {
  if (privateKey.test(text) || withoutSpace(text).includes(privateBlob)) return { rule: 'private_key' };
  if (certificate.test(text)) return { rule: 'certificate' };
  const { blocks, rest } = cutBlocks(text);
  const lines = decodeLines(rest);
  // A certificate has the key of its authority in it.
  if (lines && 'blob' in lines && readWireKey(lines.blob)?.type === 'unsupported' && blocks.length === 0) return lines;
  const keys = blocks.length + (withoutSpace(rest).match(blobBegin)?.length ?? 0);
  if (keys > 1) return { rule: 'several_keys' };
  const [block] = blocks;
  if (!block) return lines ?? { rule: 'public_key' };
  const blob = block.decode(block.body);
  return blob ? { blob, label: null } : { rule: 'public_key' };
}

/**
 * The blob of a key as PKCS #8 PEM, 64 columns, each line ended by LF. `readWireKey` must have checked the
 * blob: a short one would be padded into another key.
 */
export function encodeSpki(blob: Uint8Array): string {
  return sshpk.parseKey(Buffer.from(blob), 'rfc4253').toString('pkcs8');
}

/** The blocks of a text, without their first and last lines, and the text without them. */
function cutBlocks(text: string): { blocks: Block[]; rest: string } {
  const blocks: Block[] = [];
  let rest = text;
  for (const { begin, end, decode } of forms) {
    const [before = '', ...parts] = rest.split(begin);
    rest = before;
    for (const part of parts) {
      const at = part.indexOf(end);
      if (at >= 0) blocks.push({ body: part.slice(0, at), decode });
      rest += at >= 0 ? ` ${part.slice(at + end.length)}` : ` ${part}`;
    }
  }
  return { blocks, rest };
}

// sshpk is lenient: it pads a short Ed25519 key, skips bytes after the key, and accepts explicit curve parameters and
// negative numbers. A key is therefore accepted only when writing it gives the same bytes again (DER, X.690 §10).
function decodePem(text: string, format: 'pkcs8' | 'pkcs1'): Uint8Array | null {
  const label = format === 'pkcs8' ? 'PUBLIC KEY' : 'RSA PUBLIC KEY';
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const body = withoutSpace(text);
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
  let isContinued = false;
  const body = text.split(/\r\n|[\r\n]/).filter((line) => {
    const isHeader = isContinued || line.includes(':');
    isContinued = isHeader && line.trimEnd().endsWith('\\');
    return !isHeader;
  });
  return decodeBase64(withoutSpace(body.join(''))) ?? decodeBroken(text);
}

/** The lines may have become one, with the headers in it: the blob is the rest from the word that begins a key. */
function decodeBroken(text: string): Uint8Array | null {
  const begin = [...text.matchAll(/(?<=\s)AAAA/g)].at(-1)?.index;
  const blob = begin === undefined ? null : decodeBase64(withoutSpace(text.slice(begin)));
  return blob && readWireKey(blob) ? blob : null;
}
