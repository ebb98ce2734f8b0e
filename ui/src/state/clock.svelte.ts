/** The wall clock, once a second, for ages and moving ranges. */
export class Clock {
  now_ms = $state(Date.now());

  start(): () => void {
    const timer = setInterval(() => (this.now_ms = Date.now()), 1000);
    return () => clearInterval(timer);
  }
}
