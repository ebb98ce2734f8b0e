/** What is noise in most houses, until someone says otherwise. */
const USUAL = 'http.route in ("/health", "/healthz", "/ready", "/readyz", "/live", "/livez", "/metrics", "/ping")';
const KEY = "skep.noise";

/** The saved filter of what is noise. */
export function savedNoise(): string {
  return localStorage.getItem(KEY) ?? USUAL;
}

export function saveNoise(filter: string): void {
  localStorage.setItem(KEY, filter);
}
