import type { Notice, Status } from "../rpc/bindings/api";

/** Every fact worth knowing that has a number, each once: the house's own notices and what its counts add. */
export function noticesOf(status: Status): Notice[] {
  const counted: readonly Notice[] = [
    { code: "rejected", count: status.rejected, message: "Events could not be read and were refused." },
    { code: "dropped", count: status.dropped, message: "Events were read but could not be kept." },
    { code: "duplicate", count: status.duplicate, message: "Events came again, as after a retry, and were kept once." },
    { code: "repaired", count: status.repaired, message: "Events were kept after a repair, such as of bad UTF-8." },
    { code: "truncated", count: status.truncated, message: "Events were kept after something over a cap was cut." },
    { code: "evicted", count: status.evicted, message: "The oldest events left because the cap was reached." },
  ];
  const said = new Set(status.notices.map((notice) => notice.code));
  return [
    ...status.notices,
    ...status.arrivals.refused,
    ...counted.filter((notice) => notice.count > 0 && !said.has(notice.code)),
  ];
}
