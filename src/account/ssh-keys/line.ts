import { decodeBase64, type TextFault } from './base64.ts';
import { findKeyEnd } from './wire.ts';

/** The wire blob of a key, and the type that the text around it claims, where it claims one. */
export type Armoured = { readonly blob: Uint8Array; readonly label: string | null };

const keyType = /^(?:ssh|ecdsa|sk|rsa)-[\w@.+-]{1,64}$/;
const blobBegin = 'AAAA';

/** The host of a line of known_hosts, as `ssh-keyscan` writes it: names, addresses, patterns, or a hash of them. */
const host = /^(?:\|1\|[A-Za-z0-9+/=]{1,64}\|[A-Za-z0-9+/=]{1,64}|[\w.,:*?![\]-]{1,512})$/;

/** The options of authorized_keys (sshd(8)), without those that take a value, which contain a `=`. */
const options = new Set([
  ...['agent-forwarding', 'cert-authority', 'port-forwarding', 'pty', 'restrict', 'user-rc', 'x11-forwarding', 'verify-required'],
  ...['no-agent-forwarding', 'no-port-forwarding', 'no-pty', 'no-touch-required', 'no-user-rc', 'no-x11-forwarding'],
]);

/**
 * Reads the lines of an OpenSSH key: comment lines, and a host before the type, are left out. The blob may be broken over
 * lines or by blanks: its own lengths say where it ends and the comment begins.
 */
export function decodeLines(text: string): Armoured | TextFault | null {
  const lines = text.split(/\r\n|[\r\n]/).filter((line) => !line.trimStart().startsWith('#'));
  const words = lines.join(' ').trim().split(/\s+/);
  const [first = ''] = words;
  const isBlobFrom = (index: number) =>
    words
      .slice(index, index + blobBegin.length)
      .join('')
      .startsWith(blobBegin);
  if (isBlobFrom(0)) return decodeWords(words, null);
  const at = words.findIndex((word, index) => keyType.test(word) && isBlobFrom(index + 1));
  if (at <= 0) return isBlobFrom(1) ? decodeWords(words.slice(1), first) : null;
  const isHost = at === 1 && host.test(first) && !first.split(',').some((name) => options.has(name.toLowerCase()));
  return isHost ? decodeWords(words.slice(at + 1), words[at] ?? null) : { rule: 'key_options' };
}

function decodeWords(words: readonly string[], label: string | null): Armoured | null {
  const text = words.join('');
  const bytes = Buffer.from(text, 'base64');
  const end = findKeyEnd(bytes);
  // Of a type that is not supported, only the name is read.
  if (end === null) return bytes.length === 0 ? null : { blob: bytes, label };
  const length = Math.ceil(end / 3) * 4;
  const blob = endsWord(words, length) ? decodeBase64(text.slice(0, length)) : null;
  return blob && { blob, label };
}

/** Whether a word ends after so many characters of all words together. */
function endsWord(words: readonly string[], length: number): boolean {
  let end = 0;
  for (const word of words) {
    end += word.length;
    if (end >= length) return end === length;
  }
  return false;
}
