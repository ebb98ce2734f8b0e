//! Rules about single lines, and about how many of them.

use crate::files::{self, TextFile};

struct Rule {
    why: &'static str,
    applies: fn(&TextFile) -> bool,
    /// Whether a line breaks the rule.
    finds: fn(&str) -> bool,
    /// Lines the rule must find, so that it is known to be able to.
    red: &'static [&'static str],
    /// Lines that look alike and are fine.
    green: &'static [&'static str],
}

fn contains_any(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.contains(word))
}

fn is_page_source(file: &TextFile) -> bool {
    file.below(&["ui/src/"]) && file.is(&["svelte", "ts", "css"])
}

/// This folder spells out what the rules forbid.
fn is_rust(file: &TextFile) -> bool {
    file.is(&["rs"]) && !file.below(&["tests/tests/tidy/"])
}

const RULES: &[Rule] = &[
    Rule {
        why: "time is read in clock.rs only, so that everything else can be given one",
        // An example is a program of its own that measures.
        applies: |file| {
            is_rust(file) && !file.path.ends_with("/clock.rs") && !file.path.contains("/examples/")
        },
        finds: |line| contains_any(line, &["Instant::now", "SystemTime::now", "UNIX_EPOCH.elapsed"]),
        red: &["let now = Instant::now();", "std::time::SystemTime::now()"],
        green: &["let now = clock.now();"],
    },
    Rule {
        why: "every channel is bounded: a slow reader must push back, not fill the memory",
        applies: is_rust,
        finds: |line| {
            contains_any(
                line,
                &["unbounded_channel", "unbounded(", "UnboundedSender", "std::sync::mpsc::channel"],
            )
        },
        red: &["mpsc::unbounded_channel()", "let (a, b) = crossbeam_channel::unbounded();"],
        green: &["mpsc::channel(8)", "std::sync::mpsc::sync_channel(1)"],
    },
    Rule {
        why: "text from telemetry is only ever a text node",
        applies: |file| is_page_source(file) || file.path == "ui/index.html",
        finds: |line| {
            let sinks = [
                "{@html",
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "srcdoc",
                "createContextualFragment",
                "setHTMLUnsafe",
            ];
            contains_any(line, &sinks)
        },
        red: &["{@html name}", "node.innerHTML = text;", "document.write(text)"],
        green: &["node.textContent = text;"],
    },
    Rule {
        why: "a colour has a name and a meaning, both themes and a contrast: it stands in tokens.css",
        applies: |file| {
            is_page_source(file) && !file.path.ends_with("/tokens.css") && !file.path.ends_with(".test.ts")
        },
        finds: has_colour,
        red: &[
            "color: #fff;",
            "fill=\"#12AB90\"",
            "background: rgb(0 0 0 / .3)",
            "ctx.fillStyle = 'hsl(1 2% 3%)'",
            "oklch(0.7 0.1 200)",
        ],
        green: &[
            "color: var(--text)",
            "{#each rows as row}",
            "href=\"#face-to-face\"",
            "&#8212;",
            "// issue #12",
        ],
    },
    Rule {
        why: "the project speaks of itself alone: no path of one machine, no package registry outside lock files",
        applies: |file| {
            !file.path.ends_with("Cargo.lock")
                && !file.path.ends_with("package-lock.json")
                && !file.below(&["tests/tests/tidy/"])
        },
        finds: |line| {
            let places = ["/work/", "/root/", "/Users/", "../shared/", "/tmp/bash"];
            let registries = [
                "registry.npmjs.org",
                "index.crates.io",
                "static.crates.io",
                "pythonhosted.org",
                "pypi.org",
                "proxy.golang.org",
            ];
            contains_any(line, &places) || contains_any(line, &registries)
        },
        red: &["see /work/main", "--index-url https://pypi.org/simple", "cd /root/x"],
        green: &["the /workspace route", "roots of a trace"],
    },
];

/// A hexadecimal colour or a colour function.
fn has_colour(line: &str) -> bool {
    const FUNCTIONS: [&str; 9] =
        ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch("];
    let is_word =
        |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '.');
    let has_function =
        FUNCTIONS.iter().any(|name| line.match_indices(name).any(|(at, _)| !is_word(&line[..at])));
    let has_hex = line.match_indices('#').any(|(at, _)| {
        let digits = line[at + 1..].chars().take_while(char::is_ascii_hexdigit).count();
        let ends =
            !line[at + 1 + digits..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
        let starts = !line[..at].ends_with(['{', '&', '.', '/']);
        matches!(digits, 3 | 4 | 6 | 8) && starts && ends
    });
    has_function || has_hex
}

#[test]
fn each_rule_finds_what_it_must_and_nothing_else() {
    for rule in RULES {
        for line in rule.red {
            assert!((rule.finds)(line), "not found: {line:?} ({})", rule.why);
        }
        for line in rule.green {
            assert!(!(rule.finds)(line), "found without cause: {line:?} ({})", rule.why);
        }
    }
}

#[test]
fn no_line_breaks_a_rule() {
    let mut breaches = String::new();
    for file in files::all() {
        for rule in RULES.iter().filter(|rule| (rule.applies)(&file)) {
            for (index, line) in file.text.lines().enumerate().filter(|(_, line)| (rule.finds)(line)) {
                breaches += &format!("{}:{}: {}\n    {}\n", file.path, index + 1, rule.why, line.trim());
            }
        }
    }
    assert!(breaches.is_empty(), "\n{breaches}");
}

/// Generated files count as one line of their generator.
#[test]
fn no_file_is_longer_than_can_be_read() {
    const LINES_MAX: usize = 500;
    let long: Vec<_> = files::all()
        .into_iter()
        .filter(|file| {
            file.is(&["rs", "ts", "svelte", "mjs", "css", "py", "sh"])
                && !file.below(&["ui/src/rpc/bindings/"])
        })
        .map(|file| (file.text.lines().count(), file.path))
        .filter(|(n_lines, _)| *n_lines > LINES_MAX)
        .collect();
    assert!(long.is_empty(), "a file of more than {LINES_MAX} lines holds more than one thing: {long:#?}");
}

/// A rule that applies to no file has lost its subject, and would stay green for ever.
#[test]
fn each_rule_has_files_to_look_at() {
    let files = files::all();
    for rule in RULES {
        assert!(files.iter().any(|file| (rule.applies)(file)), "no file is looked at: {}", rule.why);
    }
}
