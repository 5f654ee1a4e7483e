import type { Readable, Writable } from 'node:stream';

/** The result of a command: JSON for programs, text for people. */
export type Answer = { readonly json: unknown; readonly text: string };

/** Takes the result of a command. */
export type Answering = (answer: Answer) => void;

/** Where a command reads and writes. */
export type Terminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
};
