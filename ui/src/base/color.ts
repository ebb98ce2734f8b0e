/** How many service colours the tokens hold: `--svc-1` to `--svc-10`. */
export const N_SERVICE_COLORS = 10;

/**
 * Where the hash begins. Searched for, so that ten names that many systems have (gateway, checkout, cart, catalog,
 * identity, inventory, payments, fraud, shipping, notifications) get ten colours. It never changes again.
 */
const SEED = 253_020;

/** FNV-1a over UTF-16 units from the seed, with half of Murmur3's finish, so that the low bits hang on all letters. */
export function hashName(name: string): number {
  let hash = SEED;
  for (let at = 0; at < name.length; at += 1) {
    hash ^= name.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}

/** The service's colour, 1 to 10: the same on every page, in every trace, on every day. */
export function serviceColor(service: string): number {
  return (hashName(service) % N_SERVICE_COLORS) + 1;
}

/** The colour as a value for CSS. */
export function serviceColorVar(service: string): string {
  return `var(--svc-${serviceColor(service)})`;
}

/** Colours of values that are no services, by value; the first is for what has none. */
export function valueColors(values: readonly string[], token: (name: string) => string): string[] {
  return [token("--quiet-fill"), ...values.map((value) => token(`--svc-${serviceColor(value)}`))];
}
