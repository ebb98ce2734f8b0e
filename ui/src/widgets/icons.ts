/** Own line icons on a grid of 16, as the `d` of one stroked path each. */
export const ICONS = {
  traces: "M3 4h7M5 8h8M8 12h5",
  explore: "M2.5 2.5v11h11M5.5 11V8M8.5 11V5M11.5 11V7",
  forward: "M2.5 4h6M2.5 8h11M2.5 12h6M10.5 5l3 3-3 3",
  connect: "M6 2.5v3M10 2.5v3M4 5.5h8v2.5a4 4 0 0 1-8 0zM8 12v2",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
  chevron: "M4.5 6.5 8 10l3.5-3.5",
  chevronRight: "M6.5 4.5 10 8l-3.5 3.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "M3.5 8.5 6.5 11.5 12.5 5",
  close: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  plus: "M8 3.5v9M3.5 8h9",
  warning: "M8 2.5 14.2 13.2H1.8zM8 6.5v3M8 11.2v.4",
  pause: "M6 3.5v9M10 3.5v9",
  play: "M5 3.5 12 8l-7 4.5z",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.8v1.6M8 12.6v1.6M1.8 8h1.6M12.6 8h1.6M3.6 3.6l1.1 1.1M11.3 11.3l1.1 1.1M12.4 3.6l-1.1 1.1M4.7 11.3l-1.1 1.1",
  moon: "M13 9.6A5.4 5.4 0 0 1 6.4 3 5.4 5.4 0 1 0 13 9.6z",
  help: "M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5M8 11.8v.4",
  link: "M6.8 9.2l2.4-2.4M7.2 4.6l1.3-1.3a2.8 2.8 0 0 1 4 4l-1.3 1.3M8.8 11.4l-1.3 1.3a2.8 2.8 0 0 1-4-4l1.3-1.3",
  text: "M5 5 2.5 8 5 11M11 5l2.5 3L11 11",
  import: "M8 2.5v7M5 6.5 8 9.5l3-3M2.5 10v3.5h11V10",
  export: "M8 9.5v-7M5 5.5l3-3 3 3M2.5 10v3.5h11V10",
  arrowDown: "M8 3v10M4.5 9.5 8 13l3.5-3.5",
} as const;

export type IconName = keyof typeof ICONS;
