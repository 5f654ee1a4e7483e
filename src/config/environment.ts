/** The environment holds something that cannot be meant; the message names the variable and never repeats a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(variable: string, reason: string) {
    super(`${variable} ${reason}`);
  }
}

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable without the blanks around it; an empty one counts as unset. */
export function read(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** A comma list, without empty entries. */
export function readList(env: Environment, name: string): string[] {
  const items = read(env, name)?.split(',') ?? [];
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/**
 * A whole number within bounds.
 * @throws ConfigError
 */
export function readInteger(env: Environment, name: string, fallback: number, least = 0, most = 1_000_000): number {
  const text = read(env, name);
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most) {
    throw new ConfigError(name, `must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`);
  }
  return number;
}

/**
 * One of several words.
 * @throws ConfigError naming them all.
 */
export function readChoice<Choice extends string>(env: Environment, name: string, choices: readonly Choice[], fallback: Choice): Choice {
  const text = read(env, name) ?? fallback;
  const choice = choices.find((candidate) => candidate === text);
  if (!choice) throw new ConfigError(name, `must be one of ${choices.join(', ')}, not ${JSON.stringify(text)}`);
  return choice;
}
