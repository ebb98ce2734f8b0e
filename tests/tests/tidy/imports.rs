//! Who imports whom in the pages.

use crate::files::{self, TextFile};

/// A folder of `ui/src` and what its files may not import.
struct Edge {
    folder: &'static str,
    forbidden: &'static [&'static str],
    why: &'static str,
}

const PURE: &str = "what is fast knows no framework and no page";
const NO_FRAMEWORK: &[&str] = &["svelte", "state", "widgets", "features"];

const EDGES: &[Edge] = &[
    Edge { folder: "base", forbidden: NO_FRAMEWORK, why: PURE },
    Edge { folder: "paint", forbidden: NO_FRAMEWORK, why: PURE },
    Edge { folder: "lang", forbidden: NO_FRAMEWORK, why: PURE },
    Edge {
        folder: "widgets",
        forbidden: &["state", "features", "rpc"],
        why: "a widget is given what it shows: it can stand on any page",
    },
    Edge { folder: "state", forbidden: &["widgets", "features"], why: "state knows no page" },
    Edge {
        folder: "rpc",
        forbidden: &["svelte", "state", "widgets", "features"],
        why: "the wire knows no page",
    },
];

/// The frame around the pages, which pages and frame alike may use.
const FRAME: &str = "shell";

/// What an import names: a package (`svelte`, `@tauri-apps`) or a folder of `ui/src` with what follows it.
fn target(path: &str, specifier: &str) -> String {
    if !specifier.starts_with('.') {
        let n_parts = if specifier.starts_with('@') { 1 } else { 2 };
        return specifier.split('/').take(n_parts).next().unwrap_or_default().to_owned();
    }
    let mut parts: Vec<_> = path.strip_prefix("ui/src/").unwrap_or(path).split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Everything between quotes after `from`, `import` or `import(`.
fn specifiers(text: &str) -> Vec<&str> {
    let after = |word: &'static str| {
        text.match_indices(word).filter_map(move |(at, _)| {
            let rest = text[at + word.len()..].trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            rest[1..].split_once(quote).map(|(specifier, _)| specifier)
        })
    };
    after("from ").chain(after("import ")).chain(after("import(")).collect()
}

/// Why this file may not import this, if so.
fn breach(path: &str, specifier: &str) -> Option<&'static str> {
    let target = target(path, specifier);
    let own = path.strip_prefix("ui/src/")?;
    let (folder, below) = own.split_once('/').unwrap_or(("", own));
    let target_folder = target.split('/').next().unwrap_or_default();
    if target_folder == "@tauri-apps" && folder != "rpc" {
        return Some("only ui/src/rpc talks to the shell, so that the same pages run in a browser");
    }
    if folder == "features" && target_folder == "features" {
        let mine = below.split('/').next();
        let other = target.split('/').nth(1);
        return (mine != other && other != Some(FRAME)).then_some("pages do not know each other");
    }
    let edge = EDGES.iter().find(|edge| edge.folder == folder)?;
    edge.forbidden.contains(&target_folder).then_some(edge.why)
}

fn is_page_source(file: &TextFile) -> bool {
    file.below(&["ui/src/"]) && file.is(&["svelte", "ts"]) && !file.path.ends_with(".test.ts")
}

#[test]
fn a_forbidden_import_is_seen() {
    let red = [
        ("ui/src/base/time.ts", "import { tick } from \"svelte\";"),
        ("ui/src/base/time.ts", "import { readable } from 'svelte/store';"),
        ("ui/src/paint/bars.ts", "import type { Row } from \"../state/rows.svelte\";"),
        ("ui/src/lang/deep/parse.ts", "const page = await import(\"../../features/trace/x\");"),
        ("ui/src/widgets/Button.svelte", "import {\n  call,\n} from \"../rpc/client\";"),
        ("ui/src/features/trace/Trace.svelte", "import X from \"../traces/X.svelte\";"),
        ("ui/src/features/trace/Trace.svelte", "import \"@tauri-apps/api/core\";"),
        ("ui/src/App.svelte", "import { invoke } from \"@tauri-apps/api/core\";"),
        ("ui/src/state/rows.svelte.ts", "import X from \"../widgets/X.svelte\";"),
    ];
    for (path, text) in red {
        let found = specifiers(text);
        assert!(
            found.iter().any(|specifier| breach(path, specifier).is_some()),
            "{path}: {text} ({found:?})"
        );
    }
    let green = [
        ("ui/src/features/trace/Trace.svelte", "import X from \"./rows/X.svelte\";"),
        ("ui/src/features/trace/Trace.svelte", "import TopBar from \"../shell/TopBar.svelte\";"),
        ("ui/src/rpc/tauri.ts", "import { invoke } from \"@tauri-apps/api/core\";"),
        (
            "ui/src/widgets/Button.svelte",
            "import { format } from \"../base/format\"; import { tick } from \"svelte\";",
        ),
    ];
    for (path, text) in green {
        for specifier in specifiers(text) {
            assert_eq!(breach(path, specifier), None, "{path}: {text}");
        }
    }
}

#[test]
fn pages_import_only_what_they_may() {
    let mut n_imports = 0;
    let mut breaches = String::new();
    for file in files::all().iter().filter(|file| is_page_source(file)) {
        for specifier in specifiers(&file.text) {
            n_imports += 1;
            if let Some(why) = breach(&file.path, specifier) {
                breaches += &format!("{} imports {specifier}: {why}\n", file.path);
            }
        }
    }
    assert!(n_imports > 0, "no import was found: the pages have moved");
    assert!(breaches.is_empty(), "\n{breaches}");
}
