/** Why a text holds no blob: the rule that it breaks. */
export type TextFault = { readonly rule: 'private_key' | 'certificate' | 'key_options' | 'several_keys' | 'public_key' };

/** RFC 4648 §3.5: base64 that is padded and has no stray bits or characters; null otherwise, and for no bytes. */
export function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null;
}

export function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
