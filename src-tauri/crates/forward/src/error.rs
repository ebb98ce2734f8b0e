use crate::keys::KeyError;
use skep_store::AppendError;

/// Why a destination could not be saved, changed or started. Each says it in a sentence for the user, without secrets.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// The address cannot be used.
    #[error("{0}")]
    Address(&'static str),
    /// Another destination has this address.
    #[error("this address is already a destination")]
    Duplicate,
    /// The key cannot be used.
    #[error("{0}")]
    Key(&'static str),
    /// A further header cannot be used.
    #[error("header {name:?}: {reason}")]
    Header {
        /// Its name, as entered.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// The address moved to another host while the key stayed: a key goes to no host that it was not entered for.
    #[error(
        "the key and headers were entered for {origin}; enter them again for the new address, or remove them"
    )]
    OtherHost {
        /// Scheme, host and port they belong to.
        origin: String,
    },
    /// What leaves cannot be told from what is set.
    #[error(transparent)]
    Policy(#[from] skep_policy::PolicyError),
    /// It cannot be sent to.
    #[error("{0}")]
    Unusable(String),
    /// Its settings cannot be read.
    #[error("the destination's settings cannot be read; save them again")]
    Settings,
    /// The log or the letters cannot be read.
    #[error("the store cannot be read: {0}")]
    Read(#[from] skep_store::ReadError),
    /// There is no such destination.
    #[error("there is no destination {0}")]
    Unknown(u64),
    /// The command line sets it, for this run.
    #[error("this destination is set on the command line; change it there")]
    FromCommandLine,
    /// The keys cannot be read or written.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The ledger cannot be written.
    #[error(transparent)]
    Store(#[from] AppendError),
}
