type Variables = Readonly<Record<string, string | undefined>>;

const editsMax = 2;
/** Of two short words that differ in two letters, one is seldom meant as the other: APP_HOME is not APP_NAME. */
const shortWordLength = 4;

/** Variables that are not ours and within two letters of one of ours, each with that. A word may be singular or plural. */
export function findMisspelled(env: Variables, ours: readonly string[]): { readonly name: string; readonly meant: string }[] {
  const known = new Set(ours);
  const others = Object.keys(env).filter((name) => name.includes('_') && !known.has(name) && env[name]?.trim() && !isLink(env, name));
  return others.flatMap((name) => {
    const meant = ours.find((one) => isMeantBy(name, one));
    return meant === undefined ? [] : [{ name, meant }];
  });
}

/** Docker and Kubernetes set METRIC_PORT=tcp://… for a service of the name. */
function isLink(env: Variables, name: string): boolean {
  return name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(env[name] ?? '');
}

function isMeantBy(name: string, one: string): boolean {
  if (Math.abs(name.length - one.length) > 2 * editsMax || isOtherWord(name, one)) return false;
  return countEdits(name, one) <= editsMax || countEdits(toSingular(name), toSingular(one)) <= editsMax;
}

function toSingular(name: string): string {
  return name.replaceAll(/IES(?=_|$)/g, 'Y').replaceAll(/S(?=_|$)/g, '');
}

/** Whether the names differ in one short word, by two letters in other places than each other's. */
function isOtherWord(name: string, one: string): boolean {
  const [words, theirs] = [name.split('_'), one.split('_')];
  const differing = words.flatMap((word, at) => (word === theirs[at] ? [] : [[word, theirs[at] ?? ''] as const]));
  const [[word, other] = ['', '']] = differing;
  if (words.length !== theirs.length || differing.length !== 1 || word.length !== other.length) return false;
  return word.length <= shortWordLength && countEdits(word, other) >= editsMax;
}

/** The letters to insert, remove, replace or swap with the next, to make one text of the other (optimal string alignment). */
function countEdits(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let at = 1; at <= from.length; at += 1) {
    const next = [at];
    for (let other = 1; other <= to.length; other += 1) {
      const isSame = from[at - 1] === to[other - 1];
      const isSwapped = at > 1 && other > 1 && from[at - 1] === to[other - 2] && from[at - 2] === to[other - 1];
      next[other] = Math.min(
        (row[other] ?? 0) + 1,
        (next[other - 1] ?? 0) + 1,
        (row[other - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[other - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, row] = [row, next];
  }
  return row[to.length] ?? 0;
}
