/** An answer before it is sent. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Bytes are kept after they are sent, and so are their compressed forms; a stream is sent as it comes, until the server stops. */
  readonly body: string | Buffer<ArrayBuffer> | ReadableStream<Uint8Array> | null;
};

export function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}
