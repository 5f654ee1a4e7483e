type Gathered = Map<string, Gathered | string>;

const depthMax = 64;

/**
 * Reads form fields as PHP does: `name[]` adds to a list, `name[key]` to an object, to a depth of 64. Of a name that is
 * repeated, the last value counts. The time is linear in the length of the text.
 */
export function readForm(text: string): Record<string, unknown> {
  const fields: Gathered = new Map();
  for (const [name, value] of new URLSearchParams(text)) {
    const path = readPath(name);
    if (path.length <= depthMax) gather(fields, path, value);
  }
  return Object.fromEntries([...fields].map(([name, value]) => [name, toValue(value)]));
}

/** `a[b][]` is a, b and the next number. Brackets that do not close belong to the name. */
function readPath(name: string): string[] {
  const start = name.indexOf('[');
  if (start < 1) return [name];
  const path = [name.slice(0, start)];
  let open = start;
  while (name[open] === '[') {
    const close = name.indexOf(']', open);
    if (close === -1) break;
    path.push(name.slice(open + 1, close));
    open = close + 1;
  }
  return path.length === 1 ? [name] : path;
}

function gather(fields: Gathered, path: readonly string[], value: string): void {
  let inner = fields;
  for (const key of path.slice(0, -1)) {
    const name = nameIn(inner, key);
    const found = inner.get(name);
    const next: Gathered = found instanceof Map ? found : new Map();
    inner.set(name, next);
    inner = next;
  }
  const last = path.at(-1) ?? '';
  inner.set(path.length === 1 ? last : nameIn(inner, last), value);
}

/** An empty key is the next number. No other key contains a bracket, so the two never collide. */
function nameIn(gathered: Gathered, key: string): string {
  return key === '' ? `${gathered.size}]` : key;
}

/** A list where every key is a number, because PHP does not distinguish the two. Otherwise an object. */
function toValue(gathered: Gathered | string): unknown {
  if (typeof gathered === 'string') return gathered;
  const entries = [...gathered].map(([key, value]) => [key.replace(']', ''), toValue(value)] as const);
  return entries.every(([key]) => /^\d+$/.test(key)) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
