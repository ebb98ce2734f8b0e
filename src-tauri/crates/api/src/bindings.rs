//! Writes the TypeScript side of the boundary from the Rust side, so that the two cannot drift apart.

use crate::command::DemoReply;
use crate::error::ApiError;
use crate::wire::*;
use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt::Write;
use ts_rs::{Config, TS, TypeVisitor};

/// The generated client types: every request and reply, the error, and the map of commands.
///
/// A test compares this with the file in `ui/src/rpc/bindings`, and writes it anew under `SKEP_BLESS=1`.
#[must_use]
pub fn typescript() -> String {
    let mut types = Declarations { config: Config::default(), seen: Vec::new(), by_name: BTreeMap::new() };
    types.visit::<ApiError>();
    types.visit::<SpanFlags>();
    types.visit::<PieceKinds>();
    // No command: its answer is a file, which each host gives in its own way.
    types.visit::<ExportRequest>();
    types.visit::<Saved>();
    let mut map = String::new();

    macro_rules! declare {
        ($($(#[doc = $doc:literal])* $name:ident($request:ty) -> $reply:ty as $kind:ident),* $(,)?) => {$(
            types.visit::<$request>();
            types.visit::<$reply>();
            for line in [$($doc),*] {
                let _ = writeln!(map, "  /** {} */", line.trim());
            }
            let _ = writeln!(
                map,
                "  readonly {}: {{ readonly request: {}; readonly reply: {}; readonly as: \"{}\" }};",
                stringify!($name),
                <$request>::name(&types.config),
                <$reply>::name(&types.config),
                stringify!($kind),
            );
        )*};
    }
    crate::commands!(declare);

    let flags = serde_json::to_string(&SPAN_FLAGS).expect("a struct of integers is JSON");
    let kinds = serde_json::to_string(&PIECE_KINDS).expect("a struct of integers is JSON");
    let declarations: String = types.by_name.into_values().collect();
    format!(
        "// Generated from src-tauri/crates/api: `SKEP_BLESS=1 cargo test -p skep-api`. Not edited by hand.\n\n\
         {declarations}export interface Commands {{\n{map}}}\n\nexport const SPAN_FLAGS: SpanFlags = {flags};\n\n\
         export const PIECE_KINDS: PieceKinds = {kinds};\n"
    )
}

struct Declarations {
    config: Config,
    seen: Vec<TypeId>,
    /// Sorted, since the order in which a type names its parts changes from build to build.
    by_name: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if self.seen.contains(&TypeId::of::<T>()) {
            return;
        }
        self.seen.push(TypeId::of::<T>());
        T::visit_dependencies(self);
        T::visit_generics(self);
        // Only our own types have an output path; primitives and containers are written in place.
        if T::output_path().is_some() {
            let docs = T::docs().unwrap_or_default();
            let declaration = format!("{docs}export {}\n\n", T::decl(&self.config));
            self.by_name.insert(T::name(&self.config), declaration);
        }
    }
}
