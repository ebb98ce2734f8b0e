//! What is linked: licences, versions with a known hole, libraries that are not wanted. `deny.toml` holds the same for
//! those who have cargo-deny; the list of licences is read from there.

use crate::crates::{name, packages};
use crate::files;

/// The first version without the hole or the bug named beside it.
const FLOORS: &[(&str, [u64; 3], &str)] = &[
    ("tauri", [2, 11, 1], "advisories against older ones"),
    ("h2", [0, 4, 16], "resource exhaustion by crafted frames"),
    ("time", [0, 3, 47], "stack exhaustion while parsing"),
    ("rmcp", [2, 1, 0], "requests from other origins"),
    (
        "libsqlite3-sys",
        [0, 37, 0],
        "SQLite before 3.51.3 can corrupt a write-ahead log that two connections use",
    ),
];

const UNWANTED: &[(&str, &str)] = &[
    ("openssl-sys", "TLS is rustls with ring: nothing to install, nothing to match by version"),
    ("native-tls", "TLS is rustls with ring"),
    ("aws-lc-sys", "a second crypto library, and the slowest unit to build"),
    ("tauri-plugin-shell", "the window starts no programs"),
];

/// The texts between quotes of `allow = [...]` in deny.toml.
fn allowed_licences() -> Vec<String> {
    let config = std::fs::read_to_string(files::root().join("deny.toml")).unwrap();
    let (_, rest) = config.split_once("allow = [").unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether an SPDX expression can be satisfied: `OR` binds less than `AND`, which binds less than brackets. The old
/// slash means `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<_> = spaced.split_whitespace().collect();
    let mut rest = &tokens[..];
    any_of(&mut rest, allowed)
}

fn any_of(tokens: &mut &[&str], allowed: &[String]) -> bool {
    let mut is_allowed = all_of(tokens, allowed);
    while tokens.first() == Some(&"OR") {
        *tokens = &tokens[1..];
        is_allowed |= all_of(tokens, allowed);
    }
    is_allowed
}

fn all_of(tokens: &mut &[&str], allowed: &[String]) -> bool {
    let mut is_allowed = one(tokens, allowed);
    while tokens.first() == Some(&"AND") {
        *tokens = &tokens[1..];
        is_allowed &= one(tokens, allowed);
    }
    is_allowed
}

fn one(tokens: &mut &[&str], allowed: &[String]) -> bool {
    match **tokens {
        ["(", ..] => {
            *tokens = &tokens[1..];
            let inner = any_of(tokens, allowed);
            *tokens = &tokens[1..];
            inner
        }
        [licence, "WITH", exception, ..] => {
            *tokens = &tokens[3..];
            allowed.contains(&format!("{licence} WITH {exception}"))
        }
        [licence, ..] => {
            *tokens = &tokens[1..];
            allowed.iter().any(|name| name == licence)
        }
        [] => false,
    }
}

fn version(text: &str) -> [u64; 3] {
    let mut parts = text.split(['-', '+']).next().unwrap().split('.').map(|part| part.parse().unwrap());
    std::array::from_fn(|_| parts.next().unwrap())
}

#[test]
fn every_licence_allows_what_is_done_with_it() {
    let allowed = allowed_licences();
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-2.0/Apache-2.0",
        "(MIT OR GPL-3.0) AND Zlib",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in
        ["GPL-3.0", "MIT AND GPL-3.0", "MIT AND (GPL-2.0 OR AGPL-3.0)", "GPL-2.0 WITH LLVM-exception", ""]
    {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
    let foreign = packages().filter(|package| !package["source"].is_null());
    let licence = |package: &serde_json::Value| package["license"].as_str().unwrap_or_default().to_owned();
    let refused: Vec<_> = foreign
        .filter(|package| !is_allowed(&licence(package), &allowed))
        .map(|package| (name(package), licence(package)))
        .collect();
    assert_eq!(refused, [], "licences that deny.toml does not allow");
}

#[test]
fn nothing_old_and_nothing_unwanted_is_linked() {
    assert!(version("0.4.16-rc.1") < version("0.4.20"), "versions compare by number");
    for package in packages() {
        let (name, have) = (name(package), version(package["version"].as_str().unwrap()));
        for (_, floor, why) in FLOORS.iter().filter(|(floored, ..)| *floored == name) {
            assert!(have >= *floor, "{name} {have:?} is older than {floor:?}: {why}");
        }
        let unwanted = UNWANTED.iter().find(|(unwanted, _)| *unwanted == name);
        assert_eq!(unwanted, None, "{name} is linked, and is not wanted");
    }
}
