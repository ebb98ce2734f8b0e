//! Runs the real programs and talks to them.

mod campaign;
mod clients;
mod cost;
pub mod early_ack;
pub mod http;
pub mod image;
mod picture;
mod program;
pub mod recording;
mod search;
mod skep;
pub mod strace;
mod wait;

pub use campaign::Campaign;
pub use clients::{artifacts_dir, clients_dir, go_client, java_client, node_client, python_of};
pub use cost::{Memory, forget_peak, memory_of, n_open_files};
pub use picture::{exported, picture};
pub use program::{desktop_binary, run, run_to_end, skep_binary};
pub use search::files_holding;
pub use skep::{Died, Ready, Said, Serve, Skep};
pub use wait::{PATIENCE, until, within_patience};
