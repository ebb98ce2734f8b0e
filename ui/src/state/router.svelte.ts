import { decodeRoute, encodeRoute, type Route } from "../base/route";

/** What of a window the router needs. */
export interface RouterHost {
  readonly location: { readonly hash: string };
  readonly history: Pick<History, "pushState" | "replaceState" | "back">;
  addEventListener(type: "hashchange" | "popstate", on: () => void): void;
}

/** The address as state. Each write says whether it is a step that back undoes (`push`) or not (`replace`). */
export class Router {
  route = $state.raw<Route>({ page: "connect", language: "flask" });
  /** Whether the address named a page when Skep was opened; if not, the app chooses the first page. */
  chosen = $state(false);
  readonly #host: RouterHost;

  constructor(host: RouterHost, first: Route) {
    this.#host = host;
    const route = decodeRoute(host.location.hash);
    this.chosen = route !== undefined;
    this.route = route ?? first;
    const read = () => {
      this.route = decodeRoute(host.location.hash) ?? this.route;
    };
    host.addEventListener("hashchange", read);
    host.addEventListener("popstate", read);
  }

  push(route: Route): void {
    if (encodeRoute(route) === encodeRoute(this.route)) return;
    this.#host.history.pushState(undefined, "", encodeRoute(route));
    this.route = route;
  }

  replace(route: Route): void {
    this.#host.history.replaceState(undefined, "", encodeRoute(route));
    this.route = route;
  }

  /** Goes where a link from outside leads; nowhere if it is no address of a page. */
  lead(hash: string): void {
    const route = decodeRoute(hash);
    if (!route) return;
    this.push(route);
    this.chosen = true;
  }

  back(): void {
    this.#host.history.back();
  }
}
