//! The generated client types in the UI are those of this crate.

use std::path::Path;

#[test]
fn the_bindings_in_the_ui_are_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/rpc/bindings/api.ts");
    let fresh = skep_api::typescript();
    if std::env::var_os("SKEP_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == fresh, "stale bindings: run `SKEP_BLESS=1 cargo test -p skep-api`");
}
